"""The page on pushing is true: its commands, from an org that was synced, planned and handed over, and back again."""

import json
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.conftest import run_command
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import serve

PAGE = Path(__file__).resolve().parents[3] / "docs/how-to/push-to-the-crm.md"


WORDS = shlex.split("push plans/2026-Q4 --to acme --handoff handoff")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """An org that was synced, planned and handed over, in a folder that the commands run in."""
    org = fill(Org(), n_accounts=80, n_deals=100, n_territories=4)
    helper = org.add("User", Name="Sol", IsActive=True)
    for account in list(org.tables["Account"])[:40]:
        org.add("AccountTeamMember", AccountId=account, UserId=helper, TeamMemberRole="Engineer")
    folder = tmp_path_factory.mktemp("story")
    with serve(org) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENHAND_DATA", str(folder / "data"))
        patch.setenv("SF_SECRET", "client-secret")
        patch.chdir(folder)
        settings = f"--set address={server.url} --set client_id=client-id --secret-from client_secret=SF_SECRET"
        for words in (
            f"connect add acme --vendor salesforce {settings}",
            "sync acme --to books/2026-Q4",
            "plan books/2026-Q4 --to plans/2026-Q4 --seconds 5",
            "handoff plans/2026-Q4 --book books/2026-Q4 --to handoff --no-pdf --start 2026-10-05",
        ):
            ran = run_command(*shlex.split(words))
            assert ran.code == 0, (words, ran.err)
        yield org


def test_a_handoff_of_another_plan_and_an_unknown_connection_are_named(story):
    assert "there is no connection 'acne'" in run_command(*WORDS, "--to", "acne").err
    path = Path("handoff/handoff.json")
    content = path.read_text()
    path.write_text('{"hashes": {}}')
    ran = run_command(*WORDS)
    path.write_text(content)
    assert (ran.code, "handoff of another plan" in ran.err) == (10, True)
    assert "--handoff" in run_command(*shlex.split("push plans/2026-Q4 --to acme")).err
    assert "PU106" in run_command(*WORDS, "--resume").err
    assert run_command(*WORDS, "--apply", "--rollback").code == 10


def test_the_page_runs_as_printed(story):
    before, teams = story.picture(), len(story.rows("AccountTeamMember"))
    commands = re.findall(r"^```sh\nevenhand (.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [command.split()[-1] for command in commands] == ["--dry-run", "--apply", "--rollback", "--again"]
    pictures = []
    for command in commands:
        ran = run_command(*shlex.split(command), "--until", "2027-03-01")
        assert ran.code == 0, (command, ran.err)
        pictures.append(story.picture())
        assert len(story.rows("AccountTeamMember")) == teams
    looked, written, taken_back, again = pictures
    assert looked == before == taken_back
    assert written == again != before
    assert "account: joins its territory" in ran.out
    assert "Rep " in ran.out


def test_a_script_gets_everything_as_json_and_an_exit_code(story):
    moved = Path("plans/2026-Q4/moves.csv").read_text().splitlines()[1].split(",")[0]
    story.tables["Account"][moved]["OwnerId"] = story.rows("User", Name="Bea Boss")[0]["Id"]
    ran = run_command(*WORDS, "--rollback", "--format", "json")
    said = json.loads(ran.out)
    assert (ran.code, said["mode"]) == (12, "rollback")
    assert [finding["code"] for finding in said["findings"]] == ["PU101"]
    states = {(row["object"], row["id"]): row["state"] for row in said["records"]}
    assert states["Account", moved] == "drifted"
    assert said["stays"]["member of an account team"] > 0
    assert "PU105" in run_command(*WORDS, "--apply").err
