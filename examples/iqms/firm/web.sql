-- The website's SQLite store: the server's log, cookies, and the mailing list. Linked to the office by e-mail only.
create table visitors (
  id integer primary key,
  visitor_key text,
  email text,
  last_interest_at text
);
create index visitors_email on visitors (lower(trim(email)));

create table visits (
  id integer primary key,
  visitor_id integer references visitors (id),
  ip_address text,
  browser text,
  links_clicked integer,
  region text,
  internet_provider text,
  came_from text,
  visited_at text not null
);
create index visits_visitor on visits (visitor_id);

create table pages_viewed (
  visit_id integer not null references visits (id) on delete cascade,
  position integer not null,
  path text,
  primary key (visit_id, position)
) without rowid;

create table subscribers (
  id integer primary key,
  email text,
  name text,
  interests text,
  answer text,
  subscribed_at text not null,
  opted_out_at text,
  deletion_asked_at text
);
create index subscribers_email on subscribers (lower(trim(email)));

-- What beacons brought: numbers, in which nobody stands.
create table counts (
  id integer primary key,
  page text not null,
  advertisement text,
  fetched integer not null,
  counted_on text not null
);
