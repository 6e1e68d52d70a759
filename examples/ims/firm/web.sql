-- The website's SQLite store. Subscribers are linked to members by e-mail only; the log and the cookies lead to nobody.
create table subscribers (
  id integer primary key,
  email text,
  name text,
  subscription text,
  subscribed_at text not null,
  unsubscribed_at text
);
create index subscribers_email on subscribers (lower(trim(email)));

create table sends (
  subscriber_id integer not null references subscribers (id) on delete cascade,
  issue text not null,
  sent_at text not null,
  primary key (subscriber_id, issue)
) without rowid;

create table log_lines (
  id integer primary key,
  ip_address text,
  browser text,
  requested_at text not null
);

create table visitors (
  id integer primary key,
  visitor_key text,
  topics text,
  recognised_at text not null
);
