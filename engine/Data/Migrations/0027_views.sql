-- Lists that people have named. A new table only, so nothing that runs waits for a lock.
create table views (
    tenant_id uuid not null,
    id uuid not null,
    owner_id uuid not null,
    list text not null, -- a record type, or another list of the studio
    name text not null,
    state text not null, -- filters, order and columns, as the address of the list has them
    sharing text not null,
    role text, -- whose members see it, when it is shared with a role
    is_pinned boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint views_pkey primary key (tenant_id, id),
    constraint views_name_once unique (tenant_id, owner_id, list, name),
    constraint views_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete cascade,
    constraint views_sharing_known check (sharing in ('private', 'role', 'everyone')),
    constraint views_role_of_sharing check ((sharing = 'role') = (role is not null))
);
create index views_list on views (tenant_id, list, id);
select guard_tenant_table('views');
