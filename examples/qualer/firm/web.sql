-- The website's SQLite store: newsletter and web events. Linked to the platform by e-mail only.
create table subscribers (
  id integer primary key,
  email text,
  name text,
  interests text,
  subscribed_at text not null
);
create index subscribers_email on subscribers (lower(trim(email)));

create table sends (
  subscriber_id integer not null references subscribers (id) on delete cascade,
  issue text not null,
  link_clicked text,
  sent_at text not null,
  primary key (subscriber_id, issue)
) without rowid;

create table unsubscribes (
  id integer primary key,
  email text,
  answer text,
  unsubscribed_at text not null
);
create index unsubscribes_email on unsubscribes (lower(trim(email)));

create table page_views (
  id integer primary key,
  email text,
  visitor_key text,
  ip_address text,
  region text,
  operating_system text,
  browser text,
  browser_version text,
  page text,
  seconds_spent integer,
  came_from text,
  visited_at text not null
);
create index page_views_email on page_views (lower(trim(email)));

create table downloads (
  id integer primary key,
  page_view_id integer references page_views (id),
  document text,
  taken_at text not null
);
create index downloads_page_view on downloads (page_view_id);
