-- What operators see of nodes and of the reconciler: which program a node runs, under which name its connections are
-- known (application_name), and how long a sweep over Stripe's lists took.
alter table easel.node add column version text not null default '' check (octet_length(version) <= 64);
alter table easel.node add column process text not null default '' check (octet_length(process) <= 63);
alter table easel.billing_sweep add column took_us bigint check (took_us >= 0); -- null: not measured
