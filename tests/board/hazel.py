"""A firm whose one store is a MariaDB: what its schema has that only this engine has, its map, and its notice.

Counted keys of four bytes, words of an enumeration, moments of two kinds, a key column of an identifier, a trigger that calls a function.
"""

from __future__ import annotations

from pathlib import Path

HARBOUR = Path(__file__).parents[1] / "cli" / "firm"
CONTACTS = (HARBOUR / "contacts.yaml").read_text(encoding="utf-8")
NEVER = """
## What we never keep

We never store the number of your payment card. {#cards.1}

```promise
never retain: payment-card-number
```

Nobody here can read your password. {#cards.2}

```promise
never retain: password
unless as: slow-hash
```

## Your rights
"""
MAP = """store: shop
engine: mariadb
url: env:HAZEL_SHOP_URL
place: NO
kind: primary
max-shared: 3
tables:
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    erasure: blank
    columns:
      id: key
      name: name
      email: email-address
      email_key: email-address
      password: password
      notes: {free-text: review, leaf: case-text}
      standing: {not-personal: open or closed}
  orders:
    key: [id]
    links: {customer_id: {owning: customers}}
    triggers: {orders_gone: {copies-to: order_history}}
    columns:
      id: key
      customer_id: key
      what: purchase
      said: {json: {$.gift: purchase}, others: {not-personal: how it is wrapped}}
      placed_at: {event: last-order, leaf: purchase}
  order_history:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, what: purchase, placed_at: {event: last-order, leaf: purchase}}
  invoices:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns:
      id: key
      customer_id: key
      billed_name: name
      amount_cents: invoice-detail
      invoiced_at: {event: invoiced, leaf: invoice-detail}
"""
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
SCHEMA = f"""
CREATE FUNCTION shortened(said text) RETURNS text DETERMINISTIC RETURN LEFT(said, 200);
CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(80), email varchar(120), password varchar(200), notes text,
  standing enum('open', 'closed') NOT NULL DEFAULT 'open');
CREATE TABLE orders (id mediumint unsigned AUTO_INCREMENT PRIMARY KEY, customer_id int NOT NULL, what varchar(200), said json,
  placed_at timestamp NULL, FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE order_history (id int AUTO_INCREMENT PRIMARY KEY, customer_id int, what varchar(200), placed_at datetime, INDEX (customer_id));
CREATE TABLE invoices (id smallint PRIMARY KEY, customer_id int NOT NULL, billed_name varchar(80), amount_cents int, invoiced_at date,
  FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TRIGGER orders_gone AFTER DELETE ON orders FOR EACH ROW
  INSERT INTO order_history (customer_id, what, placed_at) VALUES (OLD.customer_id, shortened(OLD.what), OLD.placed_at);
INSERT INTO customers (id, name, email, password, notes) VALUES
  (1, 'Ada Quill', 'ada@hazel.example.test', '{HASH}', 'prefers linen'), (2, 'Bo Fenn', 'bo@hazel.example.test', '{HASH}', NULL);
INSERT INTO orders (id, customer_id, what, said, placed_at) VALUES (1, 1, 'a clock', '{{"gift": "a ribbon"}}', '2026-01-05 10:00:00');
INSERT INTO order_history (customer_id, what, placed_at) VALUES (1, 'a lamp', '2026-02-05 10:00:00');
INSERT INTO invoices VALUES (1, 1, 'Ada Quill', 1200, '2026-01-06');
"""
NOTICE = (
    (HARBOUR / "notice.md")
    .read_text(encoding="utf-8")
    .replace("notice: harbour", "notice: hazel", 1)
    .replace("\n## Your rights\n", NEVER, 1)
)
