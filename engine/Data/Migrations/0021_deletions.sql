-- Records that people deleted, and what it takes to bring them back. A new table only: locks nothing that exists.

-- The id is that of the operation that undoes it. snapshot has the rows as they were before; it is null when something ended with
-- them that cannot come back, and is forgotten when the deletion is undone, or after a time.
create table deletions (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    snapshot jsonb,
    deleted_at timestamptz not null,
    undone_at timestamptz,
    version bigint not null,
    constraint deletions_pkey primary key (tenant_id, id)
);
create index deletions_deleted_at on deletions (deleted_at);

select guard_tenant_table('deletions');
-- The rows as they were may be of tables that the app does not see (a password's hash of a deleted user).
revoke all on deletions from switchboard_app;
