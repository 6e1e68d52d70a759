-- Events, downloads and the website: SQLite. Linked to the shop by e-mail only.
create table leads (
  id integer primary key,
  email text,
  first_name text,
  last_name text,
  company text,
  interest text,
  occasion text not null,
  notice_version text not null,
  asked_at text not null
);
create index leads_email on leads (lower(trim(email)));

create table registrations (
  id integer primary key,
  lead_id integer references leads (id),
  event_title text not null,
  kind text not null,
  came integer,
  registered_at text not null
);
create index registrations_lead on registrations (lead_id);

create table downloads (
  id integer primary key,
  lead_id integer references leads (id),
  document text,
  taken_at text not null
);
create index downloads_lead on downloads (lead_id);

create table app_events (
  id integer primary key,
  email text,
  app text not null,
  feature text,
  action text,
  used_at text not null
);
create index app_events_email on app_events (lower(trim(email)));

create table visits (
  id integer primary key,
  email text,
  visitor_key text,
  ip_address text,
  browser text,
  page text,
  campaign text,
  other_site text,
  visited_at text not null
);
create index visits_email on visits (lower(trim(email)));

create table consents (
  id integer primary key,
  email text,
  choice text not null,
  answer text,
  wording text,
  proof text,
  given_at text not null,
  ended_at text
);
create index consents_email on consents (lower(trim(email)));

create table sourced_contacts (
  id integer primary key,
  name text,
  email text,
  job_title text,
  company text,
  provider text not null,
  licence text not null,
  sourced_at text not null
);
create index sourced_contacts_email on sourced_contacts (lower(trim(email)));
