-- Which record of payments was the oldest of its kind at the latest audit, and since when audits have seen it so. A
-- record may have had its time for years when the last thing that held it lets go of it: whether it is overdue is told
-- from how long it was seen, not from its age alone.
create table easel.payment_sighting (
  what text primary key check (octet_length(what) <= 40),
  oldest timestamptz not null,
  seen_at timestamptz not null
);

create view easel.audit_payment_sighting as
select p.what, p.at_us, easel.micros(s.seen_at) as seen_us
  from easel.audit_payment p
  left join easel.payment_sighting s on s.what = p.what and easel.micros(s.oldest) = p.at_us
 where p.at_us is not null;
