-- What clients have placed with the host: PostgreSQL. Every row bears the number of its tenant, or hangs on one that does. Applied to an empty database.
create table clients (
  id integer primary key,
  name text not null,
  kind text not null check (kind in ('local municipality', 'utility')),
  least_password_length integer not null,
  password_days integer not null,
  licence_ends_on date not null
);

create table consultants (
  id integer primary key,
  name text not null,
  agreement_signed_on date,
  agreement_ends_on date
);

-- No set of data without the client it belongs to and the consultant it came from.
create table datasets (
  id integer primary key,
  client_id integer not null references clients (id),
  consultant_id integer not null references consultants (id),
  title text not null,
  loaded_at timestamptz not null,
  unique (id, client_id)
);

create table consumers (
  id bigint primary key,
  client_id integer not null references clients (id),
  dataset_id integer not null,
  consumer_number text not null unique,
  kind text not null check (kind in ('person', 'firm')),
  name text,
  identity_number text,
  street text,
  town text,
  email text,
  phone text,
  indigent boolean,
  created_at timestamptz not null,
  instruction_ended_at timestamptz,
  deleted_at timestamptz,
  foreign key (dataset_id, client_id) references datasets (id, client_id)
);
create index consumers_email_normal on consumers ((lower(btrim(normalize(email)) collate "C")));
create index consumers_dataset on consumers (dataset_id, client_id);
create index consumers_client on consumers (client_id);

-- An ordinary audit trigger: it would undo an erasure if nobody had declared it.
create table consumer_changes (
  id bigint generated always as identity primary key,
  consumer_id bigint not null,
  old_email text,
  old_phone text,
  changed_at timestamptz not null default now()
);
create index consumer_changes_consumer on consumer_changes (consumer_id);
create function note_consumer_change() returns trigger language plpgsql as $$
begin
  if old.email is distinct from new.email or old.phone is distinct from new.phone then
    insert into consumer_changes (consumer_id, old_email, old_phone) values (old.id, old.email, old.phone);
  end if;
  return new;
end $$;
create trigger consumers_audit after update on consumers for each row execute function note_consumer_change();

-- A stand is a piece of land; its owner and whoever lives on it may be two consumers.
create table stands (
  id bigint primary key,
  consumer_id bigint references consumers (id),
  stand_number text not null,
  land_use text,
  municipal_value bigint,
  features jsonb not null default '{}'
);
create index stands_consumer on stands (consumer_id);

create table supply_agreements (
  id bigint primary key,
  occupant_id bigint references consumers (id),
  landlord_id bigint references consumers (id),
  account_number text,
  occupant_note text,
  landlord_note text,
  started_at timestamptz not null
);
create index supply_agreements_occupant on supply_agreements (occupant_id);
create index supply_agreements_landlord on supply_agreements (landlord_id);

create table meters (
  id bigint primary key,
  stand_id bigint not null references stands (id),
  serial text
);
create index meters_stand on meters (stand_id);

create table readings (
  meter_id bigint not null references meters (id),
  read_on date not null,
  kilolitres numeric(9, 1),
  primary key (meter_id, read_on)
);

-- Worked out by the demand analysis; without a foreign key, as such tables often are.
create table demand_figures (
  id bigint primary key,
  stand_id bigint not null,
  kilolitres_a_day numeric(9, 3),
  peak_month integer,
  worked_out_at timestamptz not null
);
create index demand_figures_stand on demand_figures (stand_id);

create table fault_reports (
  id bigint primary key,
  consumer_id bigint references consumers (id),
  follows_id bigint references fault_reports (id),
  subject text,
  description text,
  reported_at timestamptz not null,
  mended_at timestamptz
);
create index fault_reports_consumer on fault_reports (consumer_id);
create index fault_reports_follows on fault_reports (follows_id);

create table users (
  id bigint primary key,
  client_id integer not null references clients (id),
  name text,
  email text,
  username text unique,
  password_hash text,
  settings jsonb not null default '{}',
  created_at timestamptz not null,
  removed_at timestamptz
);
create index users_email_normal on users ((lower(btrim(normalize(email)) collate "C")));
create index users_client on users (client_id);

create table sign_ins (
  id bigint primary key,
  user_id bigint references users (id),
  outcome text,
  signed_in_at timestamptz not null
);
create index sign_ins_user on sign_ins (user_id);

-- Who looked at whose data: a row of two people, a user and a consumer.
create table reads (
  id bigint primary key,
  user_id bigint references users (id),
  consumer_id bigint references consumers (id),
  screen text,
  seen_at timestamptz not null
);
create index reads_user on reads (user_id);
create index reads_consumer on reads (consumer_id);
