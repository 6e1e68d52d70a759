-- The firm's own register: SQLite. Marketing, contacts at customers, requests for the agreement; of enquiries only how many there were.
create table subscribers (
  id integer primary key,
  name text,
  email text,
  tick_wording text,
  ticked_at text not null,
  withdrawn_at text
);
create index subscribers_email on subscribers (lower(trim(email)));

create table contacts (
  id integer primary key,
  client_number integer not null,
  name text,
  email text,
  phone text,
  job_title text,
  started_at text not null,
  ended_at text
);
create index contacts_email on contacts (lower(trim(email)));

create table document_requests (
  id integer primary key,
  name text,
  email text,
  asked_at text not null,
  sent_at text
);
create index document_requests_email on document_requests (lower(trim(email)));

create table enquiry_counts (
  day text primary key,
  enquiries integer not null,
  ticked integer not null
) without rowid;
