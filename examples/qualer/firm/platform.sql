-- The calibration platform's PostgreSQL store. Applied to an empty database.
create table organisations (
  id bigint primary key,
  name text not null,
  country char(2) not null,
  created_at timestamptz not null
);

create table customers (
  id bigint primary key,
  organisation_id bigint references organisations (id),
  customer_number text not null unique,
  name text,
  email text,
  phone text,
  fax text,
  street text,
  postcode text,
  city text,
  country char(2),
  region text,
  birth_date date,
  declared_age integer,
  gender text,
  employer text,
  job_title text,
  tax_number text,
  child_found_at timestamptz,
  created_at timestamptz not null,
  deleted_at timestamptz
);
create index customers_email_normal on customers ((lower(btrim(normalize(email)) collate "C")));
create index customers_organisation on customers (organisation_id);

-- An ordinary audit trigger: it would undo an erasure if nobody had declared it.
create table customer_history (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  old_email text,
  old_phone text,
  changed_at timestamptz not null default now()
);
create index customer_history_customer on customer_history (customer_id);
create function note_customer_change() returns trigger language plpgsql as $$
begin
  if old.email is distinct from new.email or old.phone is distinct from new.phone then
    insert into customer_history (customer_id, old_email, old_phone) values (old.id, old.email, old.phone);
  end if;
  return new;
end $$;
create trigger customers_audit after update on customers for each row execute function note_customer_change();

create table employees (
  id bigint primary key,
  organisation_id bigint references organisations (id),
  manager_id bigint references employees (id),
  name text,
  email text,
  phone text,
  job_title text,
  created_at timestamptz not null,
  employment_ended_at timestamptz
);
create index employees_email_normal on employees ((lower(btrim(normalize(email)) collate "C")));
create index employees_manager on employees (manager_id);

-- One table for two kinds of people: person_type says which.
create table accounts (
  id bigint primary key,
  person_type text not null check (person_type in ('customer', 'employee')),
  person_id bigint not null,
  username text not null unique,
  password_hash text not null,
  security_question text,
  security_answer_hash text,
  opened_at timestamptz not null,
  last_active_at timestamptz,
  closed_at timestamptz,
  settings jsonb not null default '{}'
);
create index accounts_person on accounts (person_id, person_type);

create table orders (
  id bigint primary key,
  customer_id bigint not null references customers (id),
  reference text not null,
  instructions text,
  placed_at timestamptz not null,
  completed_at timestamptz,
  last_touched_at timestamptz not null
);
create index orders_customer on orders (customer_id);

create table order_lines (
  order_id bigint not null references orders (id) on delete cascade,
  line_no integer not null,
  instrument text not null,
  service text not null,
  price_cents integer not null,
  primary key (order_id, line_no)
);

create table service_records (
  id bigint primary key,
  order_id bigint references orders (id),
  customer_id bigint not null references customers (id),
  instrument_serial text,
  findings text,
  certificate jsonb not null,
  calibrated_at timestamptz not null,
  last_touched_at timestamptz not null
);
create index service_records_customer on service_records (customer_id);
create index service_records_order on service_records (order_id);

create table invoices (
  id bigint primary key,
  order_id bigint references orders (id),
  customer_id bigint references customers (id),
  number text not null unique,
  billed_name text,
  billed_address text,
  billed_email text,
  amount_cents integer not null,
  invoiced_at timestamptz not null
);
create index invoices_customer on invoices (customer_id);
create index invoices_order on invoices (order_id);

create table payments (
  id bigint primary key,
  invoice_id bigint references invoices (id),
  customer_id bigint references customers (id),
  provider_token text,
  last_four text,
  amount_cents integer not null,
  paid_at timestamptz not null
);
create index payments_customer on payments (customer_id);
create index payments_invoice on payments (invoice_id);

create table support_cases (
  id bigint primary key,
  customer_id bigint references customers (id),
  parent_case_id bigint references support_cases (id),
  subject text,
  description text,
  opened_at timestamptz not null,
  closed_at timestamptz
);
create index support_cases_customer on support_cases (customer_id);
create index support_cases_parent on support_cases (parent_case_id);

-- A message has two owners.
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

create table meetings (
  id bigint primary key,
  title text not null,
  held_at timestamptz not null
);

create table event_registrations (
  meeting_id bigint not null references meetings (id),
  customer_id bigint not null references customers (id),
  badge_name text,
  dietary_needs text,
  attended boolean,
  registered_at timestamptz not null,
  event_ended_at timestamptz,
  primary key (meeting_id, customer_id)
);
create index event_registrations_customer on event_registrations (customer_id);

create table survey_answers (
  id bigint primary key,
  customer_id bigint references customers (id),
  survey text not null,
  answers jsonb not null,
  answered_at timestamptz not null
);
create index survey_answers_customer on survey_answers (customer_id);

-- Somebody else's contact, given by a customer.
create table referrals (
  id bigint primary key,
  customer_id bigint references customers (id),
  other_name text,
  other_email text,
  given_at timestamptz not null,
  contacted_at timestamptz
);
create index referrals_customer on referrals (customer_id);
create index referrals_email_normal on referrals ((lower(btrim(normalize(other_email)) collate "C")));

create table postings (
  id bigint primary key,
  customer_id bigint references customers (id),
  reply_to_id bigint references postings (id),
  body text,
  posted_at timestamptz not null
);
create index postings_customer on postings (customer_id);
create index postings_reply_to on postings (reply_to_id);

-- A posting may carry several topics; a customer may follow several topics.
create table topics (
  id integer primary key,
  title text not null
);

create table followed_topics (
  topic_id integer not null references topics (id),
  customer_id bigint not null references customers (id) on delete cascade,
  followed_at timestamptz not null,
  primary key (topic_id, customer_id)
);
create index followed_topics_customer on followed_topics (customer_id);

create table documents (
  id bigint primary key,
  customer_id bigint references customers (id),
  title text,
  content text,
  stored_at timestamptz not null
);
create index documents_customer on documents (customer_id);

create table device_locations (
  id bigint primary key,
  account_id bigint not null references accounts (id),
  latitude numeric(8, 5),
  longitude numeric(8, 5),
  derived_region text,
  located_at timestamptz not null
);
create index device_locations_account on device_locations (account_id);

create table linked_accounts (
  account_id bigint not null references accounts (id),
  provider text not null,
  outside_account text,
  linked_at timestamptz not null,
  unlinked_at timestamptz,
  primary key (account_id, provider)
);

create table sign_ins (
  id bigint primary key,
  account_id bigint not null references accounts (id) deferrable initially deferred,
  outcome text,
  features_used text,
  signed_in_at timestamptz not null
);
create index sign_ins_account on sign_ins (account_id);

create table identity_checks (
  id bigint primary key,
  customer_id bigint not null references customers (id),
  proof text,
  fraud_signals text,
  shown_at timestamptz not null
);
create index identity_checks_customer on identity_checks (customer_id);

create table network_connections (
  id bigint primary key,
  customer_id bigint references customers (id),
  mac_address text,
  access_point text,
  joined_at timestamptz not null
);
create index network_connections_customer on network_connections (customer_id);

create table privacy_preferences (
  customer_id bigint not null references customers (id),
  choice text not null,
  answer text,
  answered_at timestamptz not null,
  primary key (customer_id, choice)
);
