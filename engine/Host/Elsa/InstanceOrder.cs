using Switchboard.Data;

namespace Switchboard.Host.Elsa;

/// <summary>The order of a list of instances; written into text, it is SQL.</summary>
internal sealed record InstanceOrder(string[] Columns, bool Descending)
{
    /// <summary>In the order of creation: a UUIDv7 sorts by its instant.</summary>
    public bool IsOfIds => Columns is ["id"];

    public InstanceOrder Reversed => this with { Descending = !Descending };

    /// <summary>Those that have not finished, and those without a name, come after the others, and in the opposite order before them: as the index has them.</summary>
    /// <param name="name">Elsa's name of it, or that of its Studio; null for Created.</param>
    /// <exception cref="ProblemException">400 for another.</exception>
    public static InstanceOrder Of(string? name, bool descending) => new(
        (name ?? "Created").ToLowerInvariant() switch
        {
            "created" or "createdat" => ["id"],
            "updatedat" or "updated" or "lastexecuted" => ["updated_minute", "updated_at", "id"],
            "finished" or "finishedat" => ["finished_at", "id"],
            "name" => ["name", "id"],
            _ => throw ElsaErrors.Invalid("orderBy", $"orderBy must be Created, UpdatedAt, Finished or Name, not {name}."),
        }, descending);

    public override string ToString() => string.Join(", ", Columns.Select(column => Descending ? $"{column} desc" : column));
}
