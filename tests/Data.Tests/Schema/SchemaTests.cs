using System.Text;
using FluentAssertions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using Switchboard.Domain;
using Switchboard.Tests.Support;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

/// <summary>The migrations give what the record types ask for, and nobody changes the schema by accident.</summary>
public sealed class SchemaTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    public static TheoryData<string> All { get; } = new(RecordTypes.All.Select(type => type.Name));

    [Theory, MemberData(nameof(All))]
    public async Task A_table_has_the_columns_of_its_type(string name)
    {
        var type = RecordTypes.Find(name)!;
        var model = Model().FindEntityType(type.ClrType)!;
        var asked = model.GetProperties().Select(property => $"{property.GetColumnName()} {property.GetColumnType()}{(property.IsColumnNullable() ? "" : " not null")}");

        var given = await database.ColumnAsync<string>($"""
            select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
            from pg_attribute a where a.attrelid = '{type.Table}'::regclass and a.attnum > 0 and not a.attisdropped
            """);

        given.Should().BeEquivalentTo(asked);
        RecordTables.Of(type).Columns.Select(column => column.Name).Should()
            .BeEquivalentTo(given.Select(column => column.Split(' ')[0]), "the committer writes whole rows");
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_table_has_the_keys_and_indexes_that_the_marks_ask_for(string name)
    {
        var type = RecordTypes.Find(name)!;
        List<string> asked = [$"{type.Table}_pkey (tenant_id, id)", $"{type.Table}_created_at_idx (tenant_id, created_at, id)"];
        if (type.NaturalKey is { } key)
            asked.Add($"{type.Table}_{key.Column}_unique (tenant_id, {key.Column})");
        asked.AddRange(
            from field in type.Fields
            where field.Indexed is not null
            let with = field.Indexed!.With.Select(property => type.Fields.Single(other => other.Property.Name == property).Column)
            let counts = field.Indexed!.Counts.Select(property => type.Fields.Single(other => other.Property.Name == property).Column).ToArray()
            let included = counts.Length > 0 ? $" INCLUDE ({string.Join(", ", counts)})" : ""
            let condition = field.Indexed!.Sparse ? $" WHERE ({field.Column} IS NOT NULL)" : ""
            select $"{type.Table}_{field.Column}_idx ({string.Join(", ", ["tenant_id", field.Column, .. with, "id"])}){included}{condition}");
        if (type.Fields.Where(field => field.Searched).Select(field => $"{field.Column} gin_trgm_ops").ToArray() is { Length: > 0 } searched)
            asked.Add($"{type.Table}_search_idx ({string.Join(", ", searched)})");

        var given = await database.ColumnAsync<string>($"""
            select c.relname || ' ' || substring(pg_get_indexdef(c.oid) from '\(.*\)')
            from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = '{type.Table}'::regclass
            """);

        given.Should().Contain(asked);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Deleting_does_what_the_references_say(string name)
    {
        var type = RecordTypes.Find(name)!;
        var asked =
            from field in type.Fields
            where field is { Stored: true, Kind: FieldKind.Reference }
            let target = RecordTypes.Find(field.References!.Type)!.Table
            let action = field.References!.OnDelete switch { "cascade" => "CASCADE", "set_null" => $"SET NULL ({field.Column})", _ => "RESTRICT" }
            select $"{type.Table}_{field.Column}_fkey FOREIGN KEY (tenant_id, {field.Column}) REFERENCES {target}(tenant_id, id) ON DELETE {action}";

        var given = await database.ColumnAsync<string>($"""
            select conname || ' ' || replace(pg_get_constraintdef(oid), ' DEFERRABLE INITIALLY DEFERRED', '')
            from pg_constraint where conrelid = '{type.Table}'::regclass and contype = 'f'
            """);

        given.Should().BeEquivalentTo(asked);
    }

    [Fact]
    public async Task There_is_nothing_left_to_draft() =>
        (await SchemaDraft.PrintAsync(database.ConnectionString, CancellationToken.None)).Should().BeEmpty();

    [Fact]
    public async Task A_draft_adds_what_is_missing_and_names_what_it_cannot_know()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync("draft");
        await using var owner = NpgsqlDataSource.Create(connectionString);
        await SchemaDatabase.ExecuteAsync(owner, """
            drop table messages;
            drop table call_queue_agents;
            drop index phone_numbers_status_idx;
            alter table phone_numbers drop column notes cascade;
            alter table phone_numbers add column remark text;
            alter table sites alter column city type text;
            """);

        var draft = await SchemaDraft.PrintAsync(connectionString, CancellationToken.None);

        draft.Should().Contain("-- phone_numbers.remark is no field any more")
            .And.Contain("-- sites.city is text and should be character varying(100).");
        await SchemaDatabase.ExecuteAsync(owner, draft);
        (await SchemaDraft.PrintAsync(connectionString, CancellationToken.None)).Split('\n').Should().OnlyContain(line => line.Length == 0 || line.StartsWith("--"));
        (await SchemaDatabase.ColumnAsync<bool>(owner, "select relforcerowsecurity from pg_class where relname in ('messages', 'call_queue_agents')"))
            .Should().Equal(true, true);
    }

    [Fact]
    public async Task Every_foreign_key_has_an_index()
    {
        // Nobody looks for a reference that is null, so an index of the others will do.
        var without = await database.ColumnAsync<string>("""
            select c.conrelid::regclass || ' ' || c.conname from pg_constraint c
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[cardinality(c.conkey)]
            where c.contype = 'f' and not exists (
                select from pg_index i
                where i.indrelid = c.conrelid and coalesce(pg_get_expr(i.indpred, i.indrelid), '') in ('', format('(%I IS NOT NULL)', a.attname))
                  and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)
            """);

        without.Should().BeEmpty("deleting what it refers to would read the whole table");
    }

    [Fact]
    public async Task The_schema_is_a_contract()
    {
        // Constraints of NOT NULL have their place at the column (since PostgreSQL 18 they are also rows of their own).
        var lines = await database.ColumnAsync<string>("""
            with tables as (
                select c.oid, c.relname as name, c.relforcerowsecurity as forced from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')),
            lines as (
                select t.name, 0 as part, 0 as at, '' as line from tables t
                union all
                select t.name, 1, 0, 'table ' || t.name || case when t.forced then ' (row-level security)' else '' end from tables t
                union all
                select t.name, 2, a.attnum, '  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                    || case when a.attnotnull then ' not null' else '' end
                    || case when a.attidentity <> '' then ' identity' else '' end
                    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
                left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
                union all
                select t.name, 3, 0, '  constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
                from tables t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
                union all
                select t.name, 4, 0, '  index ' || regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX (\S+) ON \S+ USING', '\1\2')
                from tables t join pg_index i on i.indrelid = t.oid
                where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
                union all
                select t.name, 5, 0, '  grant ' || string_agg(lower(g.privilege_type), ', ' order by g.privilege_type) || ' to ' || g.grantee
                from tables t join information_schema.role_table_grants g on g.table_name = t.name and g.grantee like 'switchboard%'
                group by t.name, g.grantee
                union all
                select t.name, 6, 0, '  policy ' || p.policyname || ' to ' || array_to_string(p.roles, ', ') || ' using ' || p.qual || ' check ' || coalesce(p.with_check, '')
                from tables t join pg_policies p on p.tablename = t.name)
            select line from lines order by name, part, at, line collate "C"
            """);
        var functions = await database.ColumnAsync<string>("""
            select 'function ' || p.proname || '(' || pg_get_function_arguments(p.oid) || ') returns ' || pg_get_function_result(p.oid)
            from pg_proc p
            where p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
            order by p.proname
            """);

        Contract.Matches("schema.txt", string.Join('\n', [.. functions, .. lines]));
    }

    [Fact]
    public void The_record_types_are_a_contract()
    {
        var text = new StringBuilder();
        foreach (var type in RecordTypes.All.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(type.Name);
            if (type.NaturalKey is { } key)
                text.Append($", known by {key.Name}");
            if (type.Lifecycle is { } lifecycle)
                text.Append($", lifecycle {lifecycle}");
            text.Append(type.Writable ? "\n" : ", written by the engine only\n");
            foreach (var field in type.Fields)
                text.Append("  ").AppendJoin(", ", Traits(field)).Append('\n');
            foreach (var (filter, sql) in type.NamedFilters.OrderBy(filter => filter.Key, StringComparer.Ordinal))
                text.Append($"  ?{filter}=true when {sql}\n");
        }

        Contract.Matches("record-types.txt", text.ToString());
    }

    private static IEnumerable<string> Traits(Field field)
    {
        yield return $"{field.Name} {field.Kind.ToString().ToLowerInvariant()}";
        if (field.Required)
            yield return "required";
        if (field.References is { } reference)
            yield return $"of {reference.Type} ({reference.OnDelete})";
        if (field.MaxLength is { } most)
            yield return $"at most {most}";
        if (field.Indexed is not null)
            yield return "indexed";
        if (field.Searched)
            yield return "searched";
        if (field.Personal)
            yield return "personal";
        if (field.Secret)
            yield return "secret";
        if (field.ReadOnly)
            yield return "read-only";
        if (field.OwnedByLifecycle)
            yield return "owned by the lifecycle";
        if (!field.Stored)
            yield return "computed";
        if (field.Choices is { } choices)
            yield return $"one of {string.Join(" | ", choices)}";
    }

    private static IModel Model()
    {
        using var context = new SwitchboardContext(new DbContextOptionsBuilder<SwitchboardContext>().UseNpgsql().Options);
        return context.GetService<IDesignTimeModel>().Model;
    }
}
