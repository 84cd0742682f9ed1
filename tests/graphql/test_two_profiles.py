"""Two own profiles lead to one endpoint: what a page shows and sends goes by the one it names."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from console.graphql.desk.tabs import open_tab
from console.graphql.history.models import Run
from console.graphql.library.contents import Content
from console.graphql.library.models import SavedQuery
from console.graphql.library.saving import save_new
from console.profiles.editing.saving import save_profile
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.team.models import User
from console.vault.secret import Secret
from sandbox.dxtra import DxtraUpstream
from sandbox.people import READER_DXTRA
from tests.factories import DxtraProfileFactory, RunFactory
from tests.services.profiles import client_of, screen_of, text

QUERY = "query Controllers { dataControllers { id } }"
# A form that is sent by GET carries the profile in a field.
GET_FORM = re.compile(r'<form[^>]*method="get".*?</form>', re.DOTALL)
ADDRESS = re.compile(r'(?:href|(?:form)?action|hx-(?:get|post))="([^"]*/graphql/[^"]*)"')


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def reader(alice: User, dxtra_profile: CredentialProfile, dxtra: DxtraUpstream) -> Any:
    """Alice's other profile for the endpoint, which is the one that was used last."""
    profile = DxtraProfileFactory(
        owner=alice, name="Reader", origin=dxtra.url, person=READER_DXTRA, is_current=True
    )
    CredentialProfile.objects.filter(pk=dxtra_profile.pk).update(is_current=False)
    return profile


def run_of(alice: User, profile: CredentialProfile, **columns: Any) -> Run:
    run: Run = RunFactory(
        owner=alice,
        graphql_url=profile.graphql_url,
        profile=profile,
        profile_name=profile.name,
        query=QUERY,
        role="",
        **columns,
    )
    return run


def addresses(response: Any) -> list[str]:
    """Every address within the GraphQL screens to which the page itself leads."""
    page = GET_FORM.sub(_fields_name_a_profile, response.content.decode().partition("<main")[2])
    return [unescape(address) for address in ADDRESS.findall(page)]


def _fields_name_a_profile(form: re.Match[str]) -> str:
    assert 'name="profile"' in form[0], form[0]
    return ""


SCREENS = (
    *("graphql", "graphql_history", "graphql_run", "graphql_saved", "graphql_saved_new"),
    *("graphql_saved_query", "graphql_saved_edit", "graphql_saved_version", "graphql_saved_check"),
    *("graphql_saved_import", "graphql_reports", "graphql_report", "graphql_schema"),
    "graphql_schema_changes",
)


def test_every_way_from_a_screen_names_its_profile(client, alice, dxtra_profile, reader):
    run, tab = run_of(alice, dxtra_profile), open_tab(alice, dxtra_profile, query=QUERY)
    content = Content(name="Controllers", query=QUERY, folder="A", tags="b")
    saved = save_new(alice, dxtra_profile.target, content)
    SavedQuery.objects.update(is_report=True)
    of_saved = ("graphql_saved_query", "graphql_saved_edit", "graphql_report")
    arguments: dict[str, list[Any]] = {name: [saved.pk] for name in of_saved}
    arguments |= {"graphql_run": [run.pk], "graphql_saved_version": [saved.pk, 1]}
    for name in SCREENS:
        address = screen_of(dxtra_profile, name, *arguments.get(name, ()))
        page = client.get(address, {"profile": dxtra_profile.pk, "tab": tab.pk}, follow=True)
        found = addresses(page)
        assert found, name
        for each in found:
            assert re.findall(r"[?&]profile=([0-9a-f-]*)", each) == [str(dxtra_profile.pk)], each
            assert each.count("?") == 1, each


def test_the_address_of_a_new_tab_leads_to_an_empty_one(client, alice, dxtra_profile, reader):
    open_tab(alice, dxtra_profile, query=QUERY)
    page = client.get(screen_of(dxtra_profile), {"profile": dxtra_profile.pk})
    new = next(address for address in addresses(page) if "tab=new" in address)
    opened = client.get(new)
    assert opened.status_code == 200
    assert QUERY not in text(opened)


def test_a_tab_opens_with_the_profile_that_it_was_written_for(client, alice, dxtra_profile, reader):
    own, other = (open_tab(alice, each, query=QUERY) for each in (dxtra_profile, reader))
    page = client.get(screen_of(dxtra_profile), {"profile": dxtra_profile.pk, "tab": own.pk})
    link = next(address for address in addresses(page) if str(other.pk) in address)
    assert f"profile={reader.pk}" in link


def again(client: Client, run: Run, opened_with: str) -> Any:
    address = screen_of_run(run, "graphql_run_again")
    return client.post(address, {"opened_with": opened_with})


def screen_of_run(run: Run, name: str = "graphql_run") -> str:
    assert run.profile
    return screen_of(run.profile, name, run.pk)


def newest_but(run: Run) -> Run:
    return Run.objects.exclude(pk=run.pk).get()


def test_a_run_is_repeated_with_the_profile_of_its_page(client, alice, dxtra_profile, reader):
    run = run_of(alice, dxtra_profile)
    page = client.get(screen_of_run(run), {"profile": dxtra_profile.pk})
    state = re.search(r'name="opened_with" value="([^"]*)"', page.content.decode())
    assert state
    client.get(screen_of(reader), {"profile": reader.pk})  # in another tab of the browser
    sent = again(client, run, unescape(state[1]))
    new = newest_but(run)
    assert (new.profile_name, new.outcome) == (dxtra_profile.name, "ok")
    assert f"profile={dxtra_profile.pk}" in sent["Location"]


def test_the_row_of_a_run_repeats_it_with_its_own_profile(client, alice, dxtra_profile, reader):
    run = run_of(alice, dxtra_profile)
    page = client.get(screen_of(reader, "graphql_history"), {"profile": reader.pk})
    assert f'value="{credential_state(dxtra_profile)}"' in page.content.decode()
    button = next(address for address in addresses(page) if "/again/" in address)
    client.post(button, {"opened_with": credential_state(dxtra_profile)})
    assert newest_but(run).profile_name == dxtra_profile.name


def test_nothing_is_repeated_with_an_exchanged_credential(client, alice, dxtra_profile, dxtra):
    run = run_of(alice, dxtra_profile)
    before = credential_state(dxtra_profile)
    save_profile(dxtra_profile, secret=Secret(str(uuid4())), checked=None)
    refused = again(client, run, before)
    assert refused.status_code == 409
    assert "Nothing was sent." in text(refused)
    assert "was changed at" in text(refused)
    assert (dxtra.stats.counts.connections, Run.objects.count()) == (0, 1)


def test_nothing_is_repeated_by_a_form_that_names_no_profile(client, alice, dxtra_profile, dxtra):
    run = run_of(alice, dxtra_profile)
    assert again(client, run, "").status_code == 409
    assert dxtra.stats.counts.connections == 0


def test_the_filters_of_the_history_keep_the_profile(client, alice, dxtra_profile, reader):
    address = f"{screen_of(dxtra_profile, 'graphql_history')}?profile={dxtra_profile.pk}"
    headers = {"HX-Request": "true", "HX-Target": "history-list"}
    found = client.post(address, {"kind": "query"}, headers=headers)
    assert f"profile={dxtra_profile.pk}" in found["HX-Push-Url"]


def test_an_answer_is_looked_at_under_the_profile_of_its_page(client, alice, dxtra_profile, reader):
    run = run_of(alice, dxtra_profile)
    again(client, run, credential_state(dxtra_profile))
    answer = newest_but(run).answer_id
    for name in ("graphql_result", "graphql_branch"):
        address = screen_of(dxtra_profile, name, answer)
        page = client.get(address, {"profile": dxtra_profile.pk, "view": "tree"})
        body = page.content.decode()
        found = [unescape(each) for each in ADDRESS.findall(body.partition("<main")[2] or body)]
        assert found
        for each in found:
            assert f"profile={dxtra_profile.pk}" in each
    looked = client.post(address_of(dxtra_profile, answer), {"find": "id"})
    assert f"profile={dxtra_profile.pk}" in looked["Location"]


def address_of(profile: CredentialProfile, answer: Any) -> str:
    return f"{screen_of(profile, 'graphql_result', answer)}?profile={profile.pk}"
