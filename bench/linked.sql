-- A linked estate of 11 tables; with 100,000 customers about 2.5 million rows, made on the server.
create table customers (id bigint primary key, name text, email text, phone text, note text, created_at timestamptz not null);
create table addresses (id bigint primary key, customer_id bigint not null references customers (id), street text, city text, postcode text);
create table accounts (id bigint primary key, customer_id bigint not null references customers (id), username text, last_seen_at timestamptz);
create table orders (id bigint primary key, customer_id bigint not null references customers (id), reference text, placed_at timestamptz not null);
create table order_lines (id bigint primary key, order_id bigint not null references orders (id), item text not null, engraving text);
create table payments (id bigint primary key, order_id bigint not null references orders (id), card_token text, amount_cents integer not null);
create table shipments (id bigint primary key, order_id bigint not null references orders (id), recipient text, street text, shipped_at timestamptz);
create table tickets (id bigint primary key, customer_id bigint not null references customers (id), title text);
create table ticket_messages (id bigint primary key, ticket_id bigint not null references tickets (id), body text);
create table reviews (id bigint primary key, customer_id bigint not null references customers (id), stars integer, body text);
create table subscribers (id bigint primary key, email text, name text, subscribed_at timestamptz not null);

insert into customers select i, 'Name ' || i, 'person.' || i || '@example.test', '+45' || (20000000 + i), 'note of ' || i, '2024-01-01'::timestamptz + i * interval '1 minute' from generate_series(1, :n) i;
insert into addresses select i, (i - 1) % :n + 1, 'Street ' || i, 'City ' || i % 90, (1000 + i % 9000)::text from generate_series(1, :n * 6 / 5) i;
insert into accounts select i, i, 'user' || i, now() from generate_series(1, :n) i;
insert into orders select i, (i - 1) % :n + 1, 'PO-' || i, '2025-01-01'::timestamptz + i * interval '10 seconds' from generate_series(1, :n * 4) i;
insert into order_lines select i, (i - 1) % (:n * 4) + 1, 'item ' || i % 500, case when i % 5 = 0 then 'for person ' || i end from generate_series(1, :n * 8) i;
insert into payments select i, i, 'tok_' || md5(i::text), (i % 9000)::integer from generate_series(1, :n * 4) i;
insert into shipments select i, i, 'Name ' || (i - 1) % :n + 1, 'Street ' || i, now() from generate_series(1, :n * 4) i;
insert into tickets select i, (i * 2 - 1) % :n + 1, 'Ticket ' || i from generate_series(1, :n / 2) i;
insert into ticket_messages select i, (i - 1) % (:n / 2) + 1, 'Message ' || i || ' of a ticket, some words long' from generate_series(1, :n * 3 / 2) i;
insert into reviews select i, (i - 1) % :n + 1, (i % 5 + 1)::integer, 'Review ' || i from generate_series(1, :n * 4 / 5) i;
insert into subscribers select i, 'Person.' || i || '@Example.test', 'Name ' || i, now() from generate_series(1, :n) i;

create index addresses_customer on addresses (customer_id);
create index accounts_customer on accounts (customer_id);
create index orders_customer on orders (customer_id);
create index order_lines_order on order_lines (order_id);
create index payments_order on payments (order_id);
create index shipments_order on shipments (order_id);
create index tickets_customer on tickets (customer_id);
create index ticket_messages_ticket on ticket_messages (ticket_id);
create index reviews_customer on reviews (customer_id);
create index customers_email_normal on customers ((lower(btrim(normalize(email, NFC)) COLLATE "C")));
create index subscribers_email_normal on subscribers ((lower(btrim(normalize(email, NFC)) COLLATE "C")));
