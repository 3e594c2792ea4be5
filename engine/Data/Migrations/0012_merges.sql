-- Records that were merged into others, and what it takes to part them again. A new table only: locks nothing that exists.

-- The id is that of the operation that undoes it. snapshot has the rows as they were before, and is forgotten when the merge
-- is undone.
create table merges (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    source_id uuid not null,
    target_id uuid not null,
    snapshot jsonb,
    merged_at timestamptz not null,
    undone_at timestamptz,
    version bigint not null,
    constraint merges_pkey primary key (tenant_id, id),
    constraint merges_not_with_itself check (source_id <> target_id)
);
create unique index merges_source_once on merges (tenant_id, record_type, source_id) where undone_at is null;

select guard_tenant_table('merges');
-- The rows as they were may be of tables that the app does not see (a password's hash of a merged user).
revoke all on merges from switchboard_app;
grant select (tenant_id, id, record_type, source_id, target_id, merged_at, undone_at, version) on merges to switchboard_app;
