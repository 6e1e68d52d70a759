-- The shop's PostgreSQL store. Applied to an empty database.
create table customers (
  id bigint primary key,
  customer_number text not null unique,
  first_name text,
  last_name text,
  email text,
  phone text,
  street text,
  city text,
  postal_code text,
  province text,
  country char(2),
  lives_abroad boolean,
  birth_date date,
  said_adult boolean,
  job_title text,
  company text,
  username text unique,
  password_hash text,
  password_set_at timestamptz,
  likes jsonb not null default '{}',
  opened_at timestamptz not null,
  last_active_at timestamptz,
  closed_at timestamptz,
  promotions_ended_at timestamptz,
  child_found_at timestamptz,
  deleted_at timestamptz
);
create index customers_email_normal on customers ((lower(btrim(normalize(email)) collate "C")));

-- An ordinary audit trigger: it would undo an erasure if nobody had declared it.
create table customer_changes (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  old_email text,
  old_phone text,
  changed_at timestamptz not null default now()
);
create index customer_changes_customer on customer_changes (customer_id);
create function note_customer_change() returns trigger language plpgsql as $$
begin
  if old.email is distinct from new.email or old.phone is distinct from new.phone then
    insert into customer_changes (customer_id, old_email, old_phone) values (old.id, old.email, old.phone);
  end if;
  return new;
end $$;
create trigger customers_audit after update on customers for each row execute function note_customer_change();

create table orders (
  id bigint primary key,
  customer_id bigint not null references customers (id),
  reference text,
  note text,
  placed_at timestamptz not null,
  carried_out_at timestamptz
);
create index orders_customer on orders (customer_id);

create table order_lines (
  order_id bigint not null references orders (id),
  line_no integer not null,
  product text,
  amount_cents integer,
  primary key (order_id, line_no)
);

create table invoices (
  id bigint primary key,
  order_id bigint references orders (id),
  customer_id bigint references customers (id),
  number text,
  billed_name text,
  billed_address text,
  billed_email text,
  amount_cents integer,
  invoiced_at timestamptz not null
);
create index invoices_order on invoices (order_id);
create index invoices_customer on invoices (customer_id);

-- No card number: the gateway has it, and gives a token.
create table payments (
  id bigint primary key,
  order_id bigint references orders (id),
  customer_id bigint references customers (id),
  gateway_token text,
  last_four text,
  amount_cents integer,
  paid_at timestamptz not null
);
create index payments_order on payments (order_id);
create index payments_customer on payments (customer_id);

create table support_cases (
  id bigint primary key,
  customer_id bigint references customers (id),
  follows_id bigint references support_cases (id),
  subject text,
  description text,
  opened_at timestamptz not null
);
create index support_cases_customer on support_cases (customer_id);
create index support_cases_follows on support_cases (follows_id);

create table messages (
  id bigint primary key,
  sender_id bigint references customers (id),
  recipient_id bigint references customers (id),
  body text,
  sender_note text,
  sent_at timestamptz not null
);
create index messages_sender on messages (sender_id);
create index messages_recipient on messages (recipient_id);

create table files (
  id bigint primary key,
  customer_id bigint references customers (id),
  title text,
  caption text,
  made_at timestamptz,
  made_with text,
  stored_at timestamptz not null
);
create index files_customer on files (customer_id);

create table promotions (
  id integer primary key,
  title text not null
);

create table promotion_entries (
  promotion_id integer not null references promotions (id),
  customer_id bigint not null references customers (id),
  entry text,
  submission text,
  status text,
  promotion_ended_at timestamptz not null,
  primary key (promotion_id, customer_id)
);
create index promotion_entries_customer on promotion_entries (customer_id);

-- Answers remembered for forms; without a foreign key, as such tables often are.
create table remembered_answers (
  id bigint primary key,
  customer_id bigint not null,
  field text not null,
  answer text,
  filled_in_at timestamptz not null
);
create index remembered_answers_customer on remembered_answers (customer_id);
