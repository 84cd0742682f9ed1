"""Every compiled query of the console gives what its plain queryset gives, on both databases."""

import importlib
import pkgutil
from datetime import datetime
from typing import Any

import pytest
from django.db.models import Model, QuerySet

import console
from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.team.models import User

pytestmark = pytest.mark.both_databases


def compiled_queries() -> dict[str, CompiledQuery[Any]]:
    """All of them, by "module.NAME"."""
    modules = (
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(console.__path__, "console.")
        if "migrations" not in module.name and not module.name.endswith(("__main__", "wsgi"))
    )
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, CompiledQuery)
    }


def columns(row: Model) -> dict[str, object]:
    """All that was read of a row, but for the moment of reading."""
    read = {each.attname: getattr(row, each.attname) for each in row._meta.fields}
    annotated = set(vars(row)) - set(read) - {"_state", "read_at", "database_now"}
    return read | {name: getattr(row, name) for name in annotated}


def test_every_compiled_query_gives_the_rows_of_its_queryset(
    alice: User, dpaas_profile: CredentialProfile, dxtra_profile: CredentialProfile
):
    ids = {User: alice.pk, CredentialProfile: dpaas_profile.pk}
    found = compiled_queries()
    assert len(found) >= 3
    for name, query in found.items():
        by_owner = query.queryset(alice.pk).model is CredentialProfile and query.rows(alice.pk)
        id = alice.pk if by_owner else ids[query.queryset(alice.pk).model]
        plain = {row.pk: row for row in query.queryset(id)}
        compiled = {row.pk: row for row in query.rows(id)}
        assert plain, f"{name}: a test of nothing"
        assert compiled.keys() == plain.keys(), name
        for pk, row in compiled.items():
            assert columns(row) == columns(plain[pk]), name


def test_a_database_s_time_is_read_as_a_time(alice: User, dpaas_profile: CredentialProfile):
    [row] = of_owner().rows(alice.pk)
    [plain] = own(alice.pk)
    assert isinstance(row.now, datetime)
    assert row.now.tzinfo == plain.now.tzinfo
    assert abs((row.now - plain.now).total_seconds()) < 60


def own(owner: Any) -> QuerySet[CredentialProfile]:
    return CredentialProfile.objects.with_clock().filter(owner_id=owner).order_by()


def of_owner() -> CompiledQuery[CredentialProfile]:
    return CompiledQuery(own)


def test_it_answers_each_id_for_itself(alice: User, bob: User, dpaas_profile: CredentialProfile):
    query = of_owner()
    for _ in range(2):
        assert [each.pk for each in query.rows(alice.pk)] == [dpaas_profile.pk]
        assert query.rows(bob.pk) == []
        assert query.first(bob.pk) is None


def test_a_row_that_was_read_so_can_be_saved(alice: User, dpaas_profile: CredentialProfile):
    [profile] = of_owner().rows(alice.pk)
    profile.name = "Renamed"
    profile.save()
    assert CredentialProfile.objects.get(pk=dpaas_profile.pk).name == "Renamed"


def test_a_query_that_reads_another_row_is_noticed(
    alice: User, bob: User, dpaas_profile: CredentialProfile
):
    """The negative control: an id that the compiled SQL does not take the place of."""
    fixed = CompiledQuery(lambda _: own(bob.pk))
    assert [row.pk for row in fixed.rows(alice.pk)] != [row.pk for row in own(alice.pk)]
