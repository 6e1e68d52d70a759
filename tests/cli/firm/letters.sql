CREATE TABLE subscribers (
    id integer PRIMARY KEY,
    email text NOT NULL,
    name text
);
CREATE INDEX subscribers_email ON subscribers ((lower(trim(email))));
CREATE TABLE sendings (
    id integer PRIMARY KEY,
    subscriber_id integer NOT NULL REFERENCES subscribers,
    subject text,
    billed_at date
);
CREATE INDEX sendings_subscriber ON sendings (subscriber_id);
CREATE TABLE opens (
    id integer PRIMARY KEY,
    subscriber_id integer NOT NULL REFERENCES subscribers,
    link text
);
CREATE INDEX opens_subscriber ON opens (subscriber_id);
