"""Reading estate files: shapes become values, slips become findings with their line."""

from __future__ import annotations

from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Category, Event, FreeText, JsonPaths, Key, NotPersonal
from upheld.engine.estate.supplied import supply
from upheld.language.promises.supplied import Supplied

HEAD = "store: shop\nengine: postgresql\nurl: env:SHOP_URL\nplace: IE\nkind: primary\n"
SHOP = (
    HEAD
    + """\
handled-by: northwall-hosting
max-shared: 5
not-covered: {schema_migrations: rows of the installer only}
tables:
  orders:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, total: {not-personal: an amount says nothing of a person}}
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    soft-delete: deleted_at
    columns:
      id: key
      email: email-address
      notes: {free-text: review}
      opened_at: {event: account-opened, leaf: account-history}
      deleted_at: {not-personal: a mark of the row}
      extra:
        json: {"$.contact.email": email-address, "$.theme": {not-personal: a colour}}
        others: {free-text: review}
  messages:
    key: [id]
    links:
      sender_id: {owning: customers, as: sender}
      recipient_id: {owning: customers, as: recipient}
    shared:
      sender: {access: full, erasure: blank-mine, mine: [body]}
      recipient: {access: {without: [sender_note]}, erasure: keep}
    columns: {id: key, sender_id: key, recipient_id: key, body: {free-text: never-names-others, leaf: message-text}, sender_note: own-writing}
    triggers: {audit: {copies-to: message_history}, touch: {harmless: sets updated_at}, stop: blocks}
  comments:
    key: [id]
    links:
      subject_id:
        - {owning: customers, when: {type: Customer}}
        - {owning: orders, when: {type: Order}}
    columns: {id: key, subject_id: key, type: {not-personal: a discriminator}, note: undetermined}
  parcels:
    key: [order_id, no]
    links:
      - {columns: [order_id, line], owning: order_lines, to: [order_id, line_no]}
      - {columns: [email], identity: customer, form: email/1}
    columns: {order_id: key, no: key, line: key, email: email-address}
"""
)


def read(text, file="estate/shop.yaml"):
    return read_estate({file: text})


def test_a_store_its_tables_and_their_links_are_read():
    estate, findings = read(SHOP)
    assert findings == ()
    shop = estate.stores["shop"]
    assert (shop.engine, shop.url, shop.place, shop.kind) == ("postgresql", "env:SHOP_URL", "IE", "primary")
    assert (shop.max_shared, shop.handled_by, shop.file) == (5, "northwall-hosting", "estate/shop.yaml")
    assert shop.not_covered == {"schema_migrations": "rows of the installer only"}
    customers = shop.tables["customers"]
    assert (customers.root, customers.soft_delete, customers.line) == ("customer", "deleted_at", 14)
    assert customers.column("id").role == Key()
    assert customers.column("email").role == Category("email-address")
    assert customers.column("notes").role == FreeText("review", "own-writing")
    assert customers.column("opened_at").role == Event("account-opened", "account-history")
    assert customers.column("deleted_at").role == NotPersonal("a mark of the row")
    paths = {"$.contact.email": Category("email-address"), "$.theme": NotPersonal("a colour")}
    assert customers.column("extra").role == JsonPaths(paths, FreeText("review"))


def test_a_link_without_a_target_column_means_the_parents_key_even_when_the_parent_stands_below():
    [link] = read(SHOP)[0].table("shop", "orders").owning
    assert (link.columns, link.parent, link.parent_columns, link.role) == (("customer_id",), "customers", ("id",), "owner")


def test_two_owners_keep_their_roles_and_rules():
    messages = read(SHOP)[0].table("shop", "messages")
    assert [link.role for link in messages.owning] == ["sender", "recipient"]
    assert messages.shared["sender"].mine == ("body",)
    assert (messages.shared["recipient"].access, messages.shared["recipient"].without) == ("full", ("sender_note",))
    assert [(rule.name, rule.rule, rule.target) for rule in messages.triggers] == [
        ("audit", "copies-to", "message_history"),
        ("touch", "harmless", ""),
        ("stop", "blocks", ""),
    ]


def test_one_column_may_lead_to_two_tables_told_apart_by_another():
    comments = read(SHOP)[0].table("shop", "comments")
    assert [(link.parent, link.when) for link in comments.owning] == [
        ("customers", ("type", "Customer")),
        ("orders", ("type", "Order")),
    ]


def test_composite_links_and_identity_links_stand_in_a_list():
    parcels = read(SHOP)[0].table("shop", "parcels")
    assert parcels.owning[0].columns == ("order_id", "line")
    assert parcels.owning[0].parent_columns == ("order_id", "line_no")
    assert (parcels.identity[0].column, parcels.identity[0].kind, parcels.identity[0].form) == ("email", "customer", "email/1")


def test_a_column_that_says_nothing_has_no_role_and_keeps_its_line():
    comments = read(SHOP)[0].table("shop", "comments")
    assert list(comments.undetermined) == ["note"]
    assert SHOP.splitlines()[comments.undetermined["note"] - 1].endswith("note: undetermined}")


def test_without_is_read_in_block_style_in_braces_and_as_an_entry():
    block = "      recipient:\n        access: without [sender_note, body]\n        erasure: keep\n"
    braces = "      recipient: {access: without [sender_note, body], erasure: keep}\n"
    entry = "      recipient: {access: {without: [sender_note, body]}, erasure: keep}\n"
    for said in (block, braces, entry):
        estate, findings = read(SHOP.replace("      recipient: {access: {without: [sender_note]}, erasure: keep}\n", said))
        assert findings == ()
        assert estate.table("shop", "messages").shared["recipient"].without == ("sender_note", "body")


def test_countries_and_words_are_never_taken_for_truth_values():
    assert read(SHOP.replace("place: IE", "place: NO"))[0].stores["shop"].place == "NO"


def test_the_order_of_the_files_changes_nothing():
    web = HEAD.replace("shop", "web") + "tables: {}\n"
    one = read_estate({"a.yaml": SHOP, "b.yaml": web})
    assert one == read_estate({"b.yaml": web, "a.yaml": SHOP})


def test_what_the_files_supply_to_promises_is_named():
    text = SHOP.replace(
        "deleted_at: {not-personal: a mark of the row}", "deleted_at: {not-personal: a mark, fact: account-closed}"
    )
    text = text.replace(
        "total: {not-personal: an amount says nothing of a person}", "total: {category: purchase, period: warranty}"
    )
    estate, findings = read(text.replace("  parcels:\n", "  parcels:\n    record: shipment\n"))
    assert findings == ()
    supplied = supply(estate, Supplied(facts=frozenset({"adult"}), surfaces=frozenset({"website"})))
    assert {"email-address", "own-writing", "account-history", "message-text", "purchase"} == supplied.leaves
    assert supplied.events == {"account-opened"}
    assert supplied.facts == {"adult", "account-closed"} and supplied.surfaces == {"website"}
    assert (supplied.records, supplied.periods, supplied.parties) == ({"shipment"}, {"warranty"}, {"northwall-hosting"})
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "purchase" in said)
    assert ("purchase", "estate/shop.yaml", line) in supplied.places
