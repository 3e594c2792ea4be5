using System.Xml.Linq;

using Microsoft.AspNetCore.DataProtection.Repositories;

using Npgsql;

using Switchboard.Data;

namespace Switchboard.Host.Identity;

/// <summary>
/// The keys that protect tokens, in the database: a token of one node is good on every other and survives a restart.
/// Synchronous because the framework's interface is; it is called at the first token and about once a day.
/// </summary>
internal sealed class KeyRing(Database database, TimeProvider time) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.Engine.CreateCommand("select xml from data_protection_keys order by created_at, id");
        using var reader = command.ExecuteReader();
        var keys = new List<XElement>();
        while (reader.Read())
            keys.Add(XElement.Parse(reader.GetString(0)));
        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var now = time.GetUtcNow();
        using var command = database.Engine.CreateCommand(
            "insert into data_protection_keys (id, name, xml, created_at) values ($1, $2, $3, $4)");
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter { Value = friendlyName });
        command.Parameters.Add(new NpgsqlParameter { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        command.ExecuteNonQuery();
    }
}
