CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text,
    email text,
    phone text,
    notes text
);
CREATE INDEX customers_email ON customers ((lower(btrim(normalize((email)::text, NFC)) COLLATE "C")));
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer REFERENCES customers,
    what text,
    placed_at timestamptz NOT NULL
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE invoices (
    id integer PRIMARY KEY,
    customer_id integer REFERENCES customers,
    billed_name text,
    billed_phone text,
    amount_cents integer NOT NULL,
    invoiced_at date NOT NULL
);
CREATE INDEX invoices_customer ON invoices (customer_id);
