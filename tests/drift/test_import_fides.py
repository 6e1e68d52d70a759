"""Fides datasets of our own, written to the published schema of fideslang 3, become estate files that read back; faults are told with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.preloaded import Preloaded
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.fides import drafted, read_datasets
from upheld.engine.estate.fides.categories import LEAVES
from upheld.engine.estate.fides.codes import SUMMARIES
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Category, FreeText, JsonPaths, Key, NotPersonal, steps_of
from upheld.language.terms.names import builtin

BOATYARD = """dataset:
  - fides_key: boatyard_app
    name: Boatyard
    description: What the yard knows of owners and their boats
    data_categories: [system.operations]
    fides_meta:
      namespace: {schema: yard, database: boats}
      after: [harbour_mail]
    collections:
      - name: owners
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - name: email
            data_categories: [user.contact.email]
            fides_meta: {identity: email, data_type: string, length: 80}
          - name: full_name
            data_categories: [user.name]
            fides_meta: {masking_strategy_override: {strategy: random_string_rewrite, configuration: {length: 20}}}
          - {name: shoe_size, data_categories: [user.sizing]}
          - {name: letters, data_categories: [user.content.private]}
          - {name: berth_id, data_categories: [system.operations], fides_meta: {references: [{dataset: boatyard_app, field: berths.id, direction: to}]}}
          - name: contact
            fidesops_meta: {data_type: object}
            fields:
              - {name: phone, data_categories: [user.contact.phone_number]}
              - {name: colour, data_categories: [system.operations]}
              - {name: unsure, data_categories: [user]}
          - {name: tags, data_categories: [user.demographic.profile], fides_meta: {data_type: "string[]", return_all_elements: true}}
          - {name: "no", data_categories: [system]}
      - name: boats
        data_categories: [user.behavior.purchase_history]
        fides_meta: {erase_after: [boatyard_app.owners], masking_strategy_override: {strategy: delete}}
        fields:
          - {name: hull, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - name: owner_id
            data_categories: [user.unique_id]
            fides_meta: {references: [{dataset: boatyard_app, field: owners.id, direction: from}]}
          - {name: model}
      - name: newsletter
        fields:
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: crm_id, fides_meta: {references: [{dataset: harbour_mail, field: people.id, direction: to}], read_only: true}}
      - name: berths
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: street, data_categories: [user.contact.address.street]}
      - name: sessions
        fides_meta: {skip_processing: true}
        fields: [{name: id}]
"""


def draft_of(text: str):
    datasets, faults = read_datasets(text, "boatyard.yml")
    assert faults == ()
    return drafted(datasets[0], "boatyard-app", place="IE")


def test_a_dataset_becomes_an_estate_that_reads_back() -> None:
    draft = draft_of(BOATYARD)
    estate, findings = read_estate({"estate/boatyard-app.yaml": draft.text})
    assert [one for one in findings if one.severity == "error"] == [], draft.text
    store = estate.stores["boatyard-app"]
    owners, boats, newsletter = (store.tables[name] for name in ("owners", "boats", "newsletter"))
    assert (owners.root, owners.key, owners.schema) == ("customer", ("id",), "yard")
    assert [(one.column, one.form, one.names) for one in owners.identifies] == [("email", "email/1", "several")]
    roles = {column.name: column.role for column in owners.columns}
    assert roles["id"] == Key() and roles["email"] == Category("email-address") and roles["full_name"] == Category("name")
    assert isinstance(roles["letters"], FreeText) and isinstance(roles["no"], NotPersonal)
    document = roles["contact"]
    assert isinstance(document, JsonPaths) and document.paths["$.phone"] == Category("telephone-number")
    assert set(owners.undetermined) == {"shoe_size", "tags"}
    assert [(link.columns, link.parent, link.parent_columns) for link in boats.owning] == [(("owner_id",), "owners", ("id",))]
    assert (boats.erasure, owners.erasure) == ("delete", "blank")
    assert {column.name: column.role for column in boats.columns}["model"] == Category("purchase")
    assert [(link.column, link.kind, link.form) for link in newsletter.identity] == [("email", "customer", "email/1")]
    assert store.not_covered == {"sessions": "Fides skips it (skip_processing)"}
    assert (draft.tables, draft.columns, draft.undetermined) == (4, 16, 2)


def test_what_fides_could_not_say_is_listed_and_check_points_there() -> None:
    draft = draft_of(BOATYARD)
    said = {one.place for one in draft.unsaid}
    assert {"owners", "owners.email", "owners.full_name", "owners.shoe_size", "owners.berth_id", "owners.contact", "owners.tags", "boats.owner_id",
            "newsletter", "newsletter.crm_id", ""} <= said  # fmt: skip
    general = " ".join(one.why for one in draft.unsaid if not one.place)
    assert all(word in general for word in ("events", "triggers", "shared rows", "free text", "namespace", "harbour_mail"))
    estate, _ = read_estate({"estate/boatyard-app.yaml": draft.text})
    found = {(one.code, one.line) for one in check_estate(estate)}
    lines = draft.text.splitlines()
    marked = {n for n, line in enumerate(lines, 1) if "undetermined  # Fides" in line}
    assert {("E107", n) for n in marked} <= found
    assert {code for code, _ in found} == {"E107", "E114", "E205"}  # undetermined, a table without a key, berths of nobody
    assert "# Fides: user.sizing" in draft.text


def test_a_reference_that_leads_on_is_never_an_owning_link() -> None:
    draft = draft_of(BOATYARD)
    assert "# berth_id: leads on to berths.id in Fides; say whose row that is" in draft.text
    turned = draft_of(BOATYARD.replace("field: owners.id, direction: from", "field: owners.id"))
    estate, _ = read_estate({"e.yaml": turned.text})
    assert estate.stores["boatyard-app"].tables["boats"].owning == ()
    assert any(one.place == "boats.owner_id" and "no direction" in one.why for one in turned.unsaid)


def test_every_category_of_the_table_leads_to_a_leaf_that_everybody_knows() -> None:
    assert set(LEAVES.values()) <= builtin()["data"], set(LEAVES.values()) - builtin()["data"]
    assert len(LEAVES) > 60


FIELDS = "dataset:\n  - fides_key: yard\n    collections:\n      - name: owners\n        fields:\n"
BROKEN = [
    ("E501", 1, "system:\n  - fides_key: x\n"),
    ("E501", 1, "- a\n- b\n"),
    ("E501", 2, "dataset:\n  - {fides_key: [\n"),
    ("E501", 1, "[" * 100),
    ("E501", 1, ""),
    ("E502", 2, "dataset:\n  - fides_key: yard\n"),
    ("E502", 2, "dataset:\n  - collections: []\n"),
    ("E502", 4, "dataset:\n  - fides_key: yard\n    collections:\n      - name: owners\n"),
    ("E502", 6, FIELDS + "          - description: nameless\n"),
    ("E502", 6, FIELDS + "          - {name: id, fides_meta: {references: [{field: a.b}]}}\n"),
    ("E503", 1, "dataset: yard\n"),
    ("E503", 2, "dataset:\n  - fides_key: a key\n    collections: []\n"),
    ("E503", 6, FIELDS + "          - {name: id, data_categories: user.name}\n"),
    ("E503", 6, FIELDS + "          - {name: id, fides_meta: {length: none}}\n"),
    ("E503", 6, FIELDS + "          - {name: id, fides_meta: {primary_key: perhaps}}\n"),
    ("E503", 6, FIELDS + "          - {name: id, fides_meta: {references: [{dataset: yard, field: owners.id, direction: sideways}]}}\n"),
    ("E503", 6, FIELDS + "          - {name: id, fides_meta: {references: [{dataset: yard, field: owners}]}}\n"),
    ("E504", 7, FIELDS + "          - {name: id}\n          - {name: id}\n"),
    ("E504", 6, FIELDS + "          - {name: id, name: other}\n"),
    ("E505", 6, FIELDS + "          - {name: id, fides_meta: {references: [{dataset: yard, field: ownrs.id, direction: from}]}}\n"),
    ("E505", 6, FIELDS + "          - {name: id, fides_meta: {references: [{dataset: yard, field: owners.ix, direction: from}]}}\n"),
    ("E506", 6, FIELDS + "          - {name: home, fides_meta: {data_type: string}, fields: [{name: city}]}\n"),
    ("E506", 6, FIELDS + "          - {name: home, fides_meta: {return_all_elements: true}}\n"),
]  # fmt: skip


@pytest.mark.parametrize("code,line,text", BROKEN, ids=[f"{code}-{n}" for n, (code, *_) in enumerate(BROKEN)])
def test_a_malformed_dataset_is_told_with_its_line_its_reason_and_a_remedy(code: str, line: int, text: str) -> None:
    _, faults = read_datasets(text, "yard.yml")
    found = [one for one in faults if one.code == code]
    assert found, faults
    assert found[0].line == line and found[0].detail.endswith(".") and found[0].help and found[0].summary == SUMMARIES[code]


def test_a_misspelt_collection_is_met_with_the_nearest() -> None:
    [fault] = read_datasets(next(text for code, _, text in BROKEN if "ownrs" in text), "yard.yml")[1]
    assert fault.suggestion == "owners"


@pytest.mark.parametrize("name", ["null", "a: b", "#x", 'weird "name"', "né", "[x]", "on"])
def test_any_name_reads_back_as_it_was(name: str) -> None:
    import json

    text = f"dataset:\n  - fides_key: yard\n    collections:\n      - name: {json.dumps(name)}\n        fields: [{{name: {json.dumps(name)}, fides_meta: {{primary_key: true}}}}]\n"
    datasets, faults = read_datasets(text, "yard.yml")
    assert faults == ()
    estate, findings = read_estate({"e.yaml": drafted(datasets[0], "yard", place="IE").text})
    assert findings == ()
    [table] = estate.stores["yard"].tables.values()
    assert (table.name, table.key, table.columns[0].name) == (name, (name,), name)


def test_the_command_writes_lists_and_never_overwrites(preloaded: Preloaded, tmp_path: Path) -> None:
    given = tmp_path / "boatyard.yml"
    given.write_text(BOATYARD)
    words = ("import-fides", str(given), "--to", str(tmp_path / "firm"), "--place", "IE")
    environment = {"PATH": "/usr/bin:/bin"}
    ran = preloaded.run(*words, environment=environment)
    assert ran.code == 0 and "Traceback" not in ran.err, ran.err
    assert "boatyard-app.yaml (4 tables, 16 columns, 2 undetermined)" in " ".join(ran.out.split())
    assert "owners.berth_id: whose the rows of `berths` are" in ran.out
    assert all(
        len(line) <= 96 or len(line.split()) <= 2
        for line in ran.out.replace(str(tmp_path), "place").splitlines()
        if not line.startswith("  upheld")
    )
    again = preloaded.run(*words, environment=environment)
    assert again.code == 2 and "N005" in again.err
    given.write_text(BROKEN[5][2])
    broken = preloaded.run(*words, "--json", environment=environment)
    assert (
        broken.code == 2
        and [one["code"] for one in broken.document["diagnostics"]] == ["E502"]
        and broken.document["written"] == []
    )


# What Fides writes out itself: every entry that was not made is `null`; documents in documents; what only its own queries need.
WRITTEN_OUT = """dataset:
  - fides_key: <instance_fides_key>
    organization_fides_key: default_organization
    tags: null
    meta: {owner: yard}
    data_categories: null
    data_uses: [essential.service]
    data_subjects: [customer]
    fides_meta: {resource_id: a.b, after: null, redact: name, namespace: {schema: null}}
    collections:
      - name: owners
        data_categories: null
        data_subjects: [customer, prospect]
        fields:
          - {name: id, description: null, data_categories: null, fields: null, fides_meta: {primary_key: true, references: null, identity: null, data_type: integer, length: null, return_all_elements: null, read_only: null, masking_strategy_override: null}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name], data_uses: [marketing], fides_meta: {redact: name}}
          - name: next of kin
            fidesops_meta: {data_type: "object[]"}
            fields:
              - {name: name, data_categories: [user.name], fides_meta: {masking_strategy_override: {strategy: null_rewrite}}}
              - name: homes
                fides_meta: {data_type: "object[]"}
                fields: [{name: 'post "code"', data_categories: [user.contact.address.postal_code]}]
              - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {identity: phone_number, read_only: true}}
              - {name: boat, fides_meta: {references: [{dataset: <instance_fides_key>, field: boats.id, direction: to}]}}
        fides_meta: null
      - name: boats
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: phones, data_categories: [user.contact.phone_number], fides_meta: {data_type: "string[]", identity: phone_number, return_all_elements: true}}
          - {name: caller, data_categories: [user.contact.phone_number], fides_meta: {identity: phone_number}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
      - {name: empty, fields: []}
"""


def test_a_dataset_as_fides_writes_it_out_is_read_and_nothing_is_passed_over_in_silence() -> None:
    draft = draft_of(WRITTEN_OUT)
    estate, findings = read_estate({"e.yaml": draft.text})
    assert findings == (), draft.text
    owners, boats, empty = (estate.stores["boatyard-app"].tables[name] for name in ("owners", "boats", "empty"))
    kin = next(column.role for column in owners.columns if column.name == "next of kin")
    assert isinstance(kin, JsonPaths) and dict(kin.paths) == {
        "$[*].name": Category("name"), '$[*].homes[*]."post ""code"""': Category("physical-address"), "$[*].phone": Category("telephone-number"),
    }  # fmt: skip
    assert [steps_of(path)[-1] for path in kin.paths] == ["name", 'post "code"', "phone"]
    assert [link.column for link in boats.identity] == ["email"] and empty.columns == ()
    said = {(one.place, one.why.split(" ")[0] + " " + one.why.split(" ")[1]) for one in draft.unsaid}
    assert {
        ("owners.next of kin $[*].name", "masked by"), ("owners.next of kin $[*].phone", "read only"), ("owners.next of kin", "who is"), ("owners.next of kin", "where `$[*].boat`"),
        ("owners", "which rows"), ("owners.name", "its name"), ("boats.phones", "who is"), ("boats.caller", "who is"), ("boats.email", "whether whoever"), ("empty", "no field"),
        ("", "that its"), ("", "what the"), ("", "`redact` hides"),
    } <= said, said  # fmt: skip
    assert any("essential.service, marketing" in one.why for one in draft.unsaid)


def test_an_entry_that_is_left_empty_is_not_said_yet() -> None:
    text = draft_of(BOATYARD).text
    assert "full_name: name" in text
    estate, _ = read_estate({"e.yaml": text.replace("full_name: name", "full_name:")})
    assert "full_name" in estate.stores["boatyard-app"].tables["owners"].undetermined


def test_two_keys_that_would_be_one_store_are_two_files(tmp_path: Path) -> None:
    from upheld.faces.app.estates import import_fides

    given = tmp_path / "two.yml"
    given.write_text("".join(["dataset:\n", *(f"  - fides_key: yard{sign}a\n    collections: []\n" for sign in ".-_")]))
    assert [Path(file).name for file, _ in import_fides(given, tmp_path, "sqlite", "").drafts] == [
        "yard-a.yaml",
        "yard-a-2.yaml",
        "yard-a-3.yaml",
    ]
