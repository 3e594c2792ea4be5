-- What became of each instance that was, or would be, moved to another version of its definition. A new table only: locks
-- nothing that exists.

-- The id follows from instance and operation, so that an operation which goes on after a crash writes no instance twice.
-- state_before and tasks_before are what an undo puts back: null for a preview, for an instance that was not moved or went
-- on in the same step, and once they were put back.
create table instance_migrations (
    tenant_id uuid not null,
    id uuid not null,
    operation_id uuid not null,
    instance_id uuid not null,
    outcome text not null,
    code text,
    place_before text not null,
    place_after text not null,
    detail jsonb not null,
    state_before bytea,
    hash_before text,
    tasks_before jsonb,
    version_after bigint,
    undo text,
    created_at timestamptz not null,
    version bigint not null,
    constraint instance_migrations_pkey primary key (tenant_id, id),
    constraint instance_migrations_outcome_known check (outcome in ('kept', 'changed', 'refused', 'skipped')),
    constraint instance_migrations_undo_known check (undo in ('restored', 'moved_since', 'went_on', 'gone'))
);
create index instance_migrations_operation on instance_migrations (tenant_id, operation_id, id);
select guard_tenant_table('instance_migrations');

-- What has failed can be moved too, and retried. Holds off writes to instances for about a second a million rows; sub_status
-- changes only when an instance ends or is brought back, so that updates in between stay off the indexes (HOT).
create index instances_failed_definition on instances (tenant_id, definition_id) where sub_status = 'Faulted';
