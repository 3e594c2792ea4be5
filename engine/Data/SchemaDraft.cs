using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

using Npgsql;

namespace Switchboard.Data;

/// <summary>
/// Drafts the next migration: what the record types ask for and the database does not have. EF Core's differ says what a
/// database made from nothing would need; what is there already is left out. What a draft cannot know (a rename, a type
/// that changed, a table that nobody needs any more) stands in it as a comment.
/// </summary>
public static class SchemaDraft
{
    /// <returns>SQL; empty when the database has all that the model asks for.</returns>
    public static async Task<string> PrintAsync(string ownerConnectionString, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(ownerConnectionString);
        await connection.OpenAsync(ct);
        var existing = await ExistingSchema.ReadAsync(connection, ct);

        var options = new DbContextOptionsBuilder<SwitchboardContext>().UseNpgsql(connection).Options;
        await using var context = new SwitchboardContext(options);
        var model = context.GetService<IDesignTimeModel>().Model;
        var fromNothing = context.GetService<IMigrationsModelDiffer>().GetDifferences(null, model.GetRelationalModel());
        var missing = fromNothing.SelectMany(operation => Missing(operation, existing)).ToList();
        var statements = context.GetService<IMigrationsSqlGenerator>().Generate(missing, model)
            .Select(command => SetNullOfOneColumn(command.CommandText.Trim()));
        var tables = missing.OfType<CreateTableOperation>().Select(table => table.Name).ToArray();
        return string.Join("\n\n", [.. statements, .. Guards(tables), .. Comments(model, existing)]).ReplaceLineEndings("\n");
    }

    private static IEnumerable<MigrationOperation> Missing(MigrationOperation operation, ExistingSchema existing)
    {
        switch (operation)
        {
            case CreateTableOperation table when existing.Columns.TryGetValue(table.Name, out var columns):
                foreach (var column in table.Columns.Where(column => !columns.ContainsKey(column.Name)))
                    yield return column;
                foreach (var key in table.ForeignKeys.Where(key => !existing.Constraints.Contains(key.Name)))
                    yield return key;
                break;
            case CreateIndexOperation index when existing.Indexes.Contains(index.Name):
            case AddForeignKeyOperation key when existing.Constraints.Contains(key.Name):
                break;
            default:
                yield return operation;
                break;
        }
    }

    /// <summary>EF Core knows no other form than one that would also take the tenant away.</summary>
    private static string SetNullOfOneColumn(string sql) =>
        System.Text.RegularExpressions.Regex.Replace(
            sql, @"FOREIGN KEY \(tenant_id, (\w+)\)([^,;]*\([^)]*\)) ON DELETE SET NULL", "FOREIGN KEY (tenant_id, $1)$2 ON DELETE SET NULL ($1)");

    private static IEnumerable<string> Guards(string[] tables) => tables.Length == 0 ? [] :
    [
        $"""
        do $$
        declare name text;
        begin
            foreach name in array array['{string.Join("', '", tables)}'] loop
                perform guard_tenant_table(name);
            end loop;
        end $$;
        """,
    ];

    private static IEnumerable<string> Comments(IModel model, ExistingSchema existing)
    {
        foreach (var table in model.GetRelationalModel().Tables)
        {
            if (!existing.Columns.TryGetValue(table.Name, out var columns))
                continue;
            foreach (var column in table.Columns)
            {
                if (columns.TryGetValue(column.Name, out var is_) && is_ != (column.StoreType, column.IsNullable))
                    yield return $"-- {table.Name}.{column.Name} is {Written(is_)} and should be {Written((column.StoreType, column.IsNullable))}.";
            }
            foreach (var left in columns.Keys.Except(table.Columns.Select(column => column.Name)))
                yield return $"-- {table.Name}.{left} is no field any more: renamed, or to be dropped by a later release.";
        }
    }

    private static string Written((string Type, bool Nullable) column) => column.Nullable ? column.Type : $"{column.Type} not null";
}
