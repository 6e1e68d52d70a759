-- The office's PostgreSQL store: web accounts, what they registered for, bills and cases. Applied to an empty database.
create table organisations (
  id bigint primary key,
  name text not null,
  country char(2) not null
);

-- Firms that take part in our services, and firms that work for us: since when.
create table merchants (
  id bigint primary key,
  name text not null,
  joined_at timestamptz not null
);

create table providers (
  id bigint primary key,
  name text not null,
  joined_at timestamptz not null
);

create table users (
  id bigint primary key,
  organisation_id bigint references organisations (id),
  account_number text not null unique,
  name text,
  email text,
  phone text,
  street text,
  postcode text,
  city text,
  country char(2),
  in_uk boolean not null default false,
  employer text,
  job_title text,
  username text unique,
  password_hash text,
  page_settings jsonb not null default '{}',
  is_open boolean not null default true,
  opened_at timestamptz not null,
  last_active_at timestamptz,
  reviewed_at timestamptz,
  closed_at timestamptz
);
create index users_email_normal on users ((lower(btrim(normalize(email)) collate "C")));
create index users_organisation on users (organisation_id);

-- An ordinary audit trigger: it would undo an erasure if nobody had declared it.
create table user_history (
  id bigint generated always as identity primary key,
  user_id bigint not null,
  old_email text,
  old_phone text,
  changed_at timestamptz not null default now()
);
create index user_history_user on user_history (user_id);
create function note_user_change() returns trigger language plpgsql as $$
begin
  if old.email is distinct from new.email or old.phone is distinct from new.phone then
    insert into user_history (user_id, old_email, old_phone) values (old.id, old.email, old.phone);
  end if;
  return new;
end $$;
create trigger users_audit after update on users for each row execute function note_user_change();

create table registrations (
  id bigint primary key,
  user_id bigint not null references users (id),
  product text,
  kind text not null check (kind in ('product', 'service')),
  why_asked text,
  registered_at timestamptz not null
);
create index registrations_user on registrations (user_id);

create table payment_means (
  user_id bigint not null references users (id),
  iban text not null,
  added_at timestamptz not null,
  primary key (user_id, added_at)
);

create table invoices (
  id bigint primary key,
  user_id bigint references users (id),
  number text not null unique,
  billed_name text,
  billed_address text,
  billed_firm text,
  amount_cents integer,
  invoiced_at timestamptz not null
);
create index invoices_user on invoices (user_id);

create table invoice_lines (
  invoice_id bigint not null references invoices (id) on delete cascade,
  line_no integer not null,
  service text,
  price_cents integer,
  primary key (invoice_id, line_no)
);

create table cases (
  id bigint primary key,
  user_id bigint references users (id),
  parent_case_id bigint references cases (id),
  subject text,
  description text,
  plant jsonb not null default '{}',
  opened_at timestamptz not null,
  closed_at timestamptz
);
create index cases_user on cases (user_id);
create index cases_parent on cases (parent_case_id);

-- A note in a user group has a writer and a reader.
create table notes (
  id bigint primary key,
  writer_id bigint references users (id),
  reader_id bigint references users (id),
  body text,
  written_at timestamptz not null,
  case_closed_at timestamptz
);
create index notes_writer on notes (writer_id);
create index notes_reader on notes (reader_id);

create table identity_checks (
  id bigint primary key,
  user_id bigint not null references users (id),
  shown text,
  decided_at timestamptz
);
create index identity_checks_user on identity_checks (user_id);
