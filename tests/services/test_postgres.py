"""The throw-away PostgreSQL server."""

import psycopg

from tests.services.postgres import Cluster


def test_each_test_gets_an_empty_database_of_its_own(postgres: Cluster, postgres_url: str):
    name = postgres_url.rsplit("/", 1)[1]
    with postgres.connect(name) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)
    assert postgres.create() != postgres_url


def test_a_stopped_server_leaves_nothing_behind():
    cluster = Cluster().start()
    folder = cluster.folder
    cluster.stop()
    assert not folder.exists()
    try:
        cluster.connect()
    except psycopg.OperationalError:
        return
    raise AssertionError("the server still answers")
