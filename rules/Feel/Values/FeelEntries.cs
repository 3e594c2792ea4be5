namespace Switchboard.Rules.Feel.Values;

/// <summary>A context whose entries are known only when it is made.</summary>
public sealed class FeelEntries : FeelContext
{
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, FeelValue>> entries = [];

    /// <summary>A context of these entries; of two of one name the later counts, at the place of the first.</summary>
    public FeelEntries(IEnumerable<KeyValuePair<string, FeelValue>> entries)
    {
        foreach (var entry in entries)
        {
            if (indexes.TryAdd(entry.Key, this.entries.Count))
                this.entries.Add(entry);
            else
                this.entries[indexes[entry.Key]] = entry;
        }
    }

    /// <inheritdoc/>
    public override int Count => entries.Count;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, FeelValue>> Entries => entries;

    /// <inheritdoc/>
    public override bool TryGet(string name, out FeelValue value)
    {
        var found = indexes.TryGetValue(name, out var index);
        value = found ? entries[index].Value : default;
        return found;
    }
}
