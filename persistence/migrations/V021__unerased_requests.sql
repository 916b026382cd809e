-- A request for erasure, or a report of a child, that was closed as done while the account that it names lives on: a
-- promise that nobody kept (RIGHT-3, CHILD-1).

create or replace view easel.audit_privacy_request as
select r.kind, count(*) filter (where r.closed_at is null) as open,
       count(*) filter (where r.closed_at is null and r.due_on < (easel.now() at time zone 'UTC')::date) as past_due,
       count(*) filter (where r.closed_at is not null) as closed,
       count(*) filter (where r.outcome = 'done' and r.kind in ('erasure', 'child') and a.state <> 2) as unerased
  from easel.privacy_request r left join easel.account a on a.id = r.account_id
 group by r.kind;
