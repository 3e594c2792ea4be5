-- How columns of files went to fields, for the next file of the same columns. A new table only, so nothing that runs waits for a lock.
create table import_mappings (
    tenant_id uuid not null,
    id uuid not null,
    record_type text not null,
    shape text not null, -- SHA-256 of the file's columns, in whatever order they are
    name text, -- null for what was last done without a name
    mapping jsonb not null,
    used_at timestamptz not null,
    created_at timestamptz not null,
    version bigint not null,
    constraint import_mappings_pkey primary key (tenant_id, id),
    constraint import_mappings_name_once unique nulls not distinct (tenant_id, record_type, shape, name)
);
select guard_tenant_table('import_mappings');
