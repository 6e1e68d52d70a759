-- The media house's PostgreSQL store. Applied to an empty database.
create table members (
  id bigint primary key,
  member_number text not null unique,
  name text,
  email text,
  phone text,
  gender text,
  street text,
  postcode text,
  city text,
  country char(2),
  in_france boolean not null default false,
  birth_date date,
  declared_age integer,
  rough_area text,
  is_open boolean not null default true,
  joined_at timestamptz not null,
  last_seen_at timestamptz,
  confirmed_at timestamptz,
  closed_at timestamptz,
  hidden_at timestamptz
);
create index members_email_normal on members ((lower(btrim(normalize(email)) collate "C")));

-- An ordinary audit trigger: it would undo an erasure if nobody had declared it.
create table member_history (
  id bigint generated always as identity primary key,
  member_id bigint not null,
  old_email text,
  old_phone text,
  changed_at timestamptz not null default now()
);
create index member_history_member on member_history (member_id);
create function note_member_change() returns trigger language plpgsql as $$
begin
  if old.email is distinct from new.email or old.phone is distinct from new.phone then
    insert into member_history (member_id, old_email, old_phone) values (old.id, old.email, old.phone);
  end if;
  return new;
end $$;
create trigger members_audit after update on members for each row execute function note_member_change();

create table choices (
  member_id bigint not null references members (id),
  choice text not null,
  answer text,
  answered_at timestamptz not null,
  primary key (member_id, choice)
);

create table member_interests (
  member_id bigint not null references members (id) on delete cascade,
  topic text not null,
  learned_at timestamptz not null,
  primary key (member_id, topic)
);

create table boards (
  id integer primary key,
  title text not null
);

-- The forum: a posting answers another, often somebody else's.
create table postings (
  id bigint primary key,
  board_id integer not null references boards (id),
  member_id bigint references members (id),
  reply_to_id bigint references postings (id),
  body text,
  posted_at timestamptz not null,
  hidden_at timestamptz
);
create index postings_member on postings (member_id);
create index postings_reply_to on postings (reply_to_id);

-- A chat message has two owners.
create table chat_messages (
  id bigint primary key,
  sender_id bigint references members (id),
  recipient_id bigint references members (id),
  body text,
  sent_at timestamptz not null
);
create index chat_messages_sender on chat_messages (sender_id);
create index chat_messages_recipient on chat_messages (recipient_id);

-- Uploads lie as files; the rows point to them.
create table photos (
  id bigint primary key,
  member_id bigint references members (id),
  path text,
  caption text,
  shown_to text not null,
  uploaded_at timestamptz not null,
  hidden_at timestamptz
);
create index photos_member on photos (member_id);

create table videos (
  id bigint primary key,
  member_id bigint references members (id),
  path text,
  caption text,
  shown_to text not null,
  uploaded_at timestamptz not null,
  hidden_at timestamptz
);
create index videos_member on videos (member_id);

create table orders (
  id bigint primary key,
  member_id bigint references members (id),
  number text not null unique,
  delivery_name text,
  delivery_address text,
  delivery_email text,
  total_cents integer,
  gift_note text,
  ordered_at timestamptz not null,
  delivered_at timestamptz
);
create index orders_member on orders (member_id);

create table order_lines (
  order_id bigint not null references orders (id) on delete cascade,
  line_no integer not null,
  item text,
  price_cents integer,
  primary key (order_id, line_no)
);

create table reviews (
  id bigint primary key,
  member_id bigint references members (id),
  item text not null,
  opinion text,
  written_at timestamptz not null
);
create index reviews_member on reviews (member_id);

create table entries (
  id bigint primary key,
  member_id bigint references members (id),
  game text not null,
  answers jsonb not null,
  entered_at timestamptz not null
);
create index entries_member on entries (member_id);

create table survey_answers (
  id bigint primary key,
  member_id bigint references members (id),
  survey text not null,
  answers jsonb not null,
  answered_at timestamptz not null
);
create index survey_answers_member on survey_answers (member_id);

-- People who wrote to us and have no account.
create table writers (
  id bigint primary key,
  name text,
  email text,
  phone text,
  street text,
  without_account boolean not null default true,
  first_wrote_at timestamptz not null
);
create index writers_email_normal on writers ((lower(btrim(normalize(email)) collate "C")));

-- A case is a member's or a writer's.
create table cases (
  id bigint primary key,
  member_id bigint references members (id),
  writer_id bigint references writers (id),
  parent_case_id bigint references cases (id),
  subject text,
  body text,
  opened_at timestamptz not null,
  closed_at timestamptz
);
create index cases_member on cases (member_id);
create index cases_writer on cases (writer_id);
create index cases_parent on cases (parent_case_id);
