using Npgsql;

using Switchboard.Data;

namespace Switchboard.Engine.Tests;

/// <summary>What is in the database, behind the service's back.</summary>
internal static class DatabaseRows
{
    public static async Task<List<object?[]>> QueryAsync(this Database database, string sql, params object[] parameters)
    {
        await using var command = database.Engine.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add([.. row.Select(value => value is DBNull ? null : value)]);
        }
        return rows;
    }
}
