using System.Text.Json.Nodes;

namespace Switchboard.Runtime.Artefacts;

/// <summary>One difference between two versions.</summary>
/// <param name="Change"><c>added, removed, changed, moved</c>.</param>
/// <param name="What">What kind of part: <c>node, row, rule, component …</c>.</param>
/// <param name="Member">Which member of the part was changed; null when it is the part itself.</param>
public sealed record ArtefactChange(string Change, string What, string Id, string Label, string? Member, JsonNode? From, JsonNode? To);

/// <summary>What differs between two versions, by parts and not by lines: a row that was moved is one change and not two.</summary>
public static class ArtefactDiff
{
    public static IReadOnlyList<ArtefactChange> Between(ArtefactContent from, ArtefactContent to)
    {
        var before = Index(from.Parts);
        var after = Index(to.Parts);
        var changes = new List<ArtefactChange>();
        foreach (var (key, part) in before)
        {
            if (!after.ContainsKey(key))
                changes.Add(new ArtefactChange("removed", part.What, part.Id, part.Label, null, part.Members.DeepClone(), null));
        }
        foreach (var (key, part) in after)
        {
            if (before.TryGetValue(key, out var old))
                changes.AddRange(Members(old, part));
            else
                changes.Add(new ArtefactChange("added", part.What, part.Id, part.Label, null, null, part.Members.DeepClone()));
        }
        changes.AddRange(Moved(before, after));
        return changes;
    }

    private static IEnumerable<ArtefactChange> Members(ArtefactPart old, ArtefactPart now)
    {
        foreach (var name in old.Members.Select(member => member.Key).Union(now.Members.Select(member => member.Key)))
        {
            var (before, after) = (old.Members[name], now.Members[name]);
            if (!JsonNode.DeepEquals(before, after))
                yield return new ArtefactChange("changed", now.What, now.Id, now.Label, name, before?.DeepClone(), after?.DeepClone());
        }
    }

    /// <summary>Of the parts that both have, those that stand elsewhere, and of each list those outside of the longest run that kept its order.</summary>
    private static IEnumerable<ArtefactChange> Moved(Dictionary<string, ArtefactPart> before, Dictionary<string, ArtefactPart> after)
    {
        foreach (var (key, now) in after)
        {
            if (before.TryGetValue(key, out var old) && !JsonNode.DeepEquals(old.Place, now.Place))
                yield return new ArtefactChange("moved", now.What, now.Id, now.Label, null, old.Place?.DeepClone(), now.Place?.DeepClone());
        }
        foreach (var list in after.Values.Select(part => part.Among).OfType<string>().Distinct())
        {
            var positions = before.Where(entry => entry.Value.Among == list && after.GetValueOrDefault(entry.Key)?.Among == list)
                .Select((entry, i) => (entry.Key, i)).ToDictionary(pair => pair.Key, pair => pair.i);
            var order = after.Where(entry => positions.ContainsKey(entry.Key)).ToList();
            var kept = LongestRising([.. order.Select(entry => positions[entry.Key])]);
            for (var i = 0; i < order.Count; i++)
            {
                if (!kept.Contains(i))
                    yield return new ArtefactChange("moved", order[i].Value.What, order[i].Value.Id, order[i].Value.Label, null, positions[order[i].Key] + 1, i + 1);
            }
        }
    }

    /// <summary>The indexes of a longest rising subsequence (patience sorting).</summary>
    private static HashSet<int> LongestRising(int[] values)
    {
        var (tails, previous) = (new List<int>(), new int[values.Length]);
        for (var i = 0; i < values.Length; i++)
        {
            var at = tails.FindIndex(tail => values[tail] >= values[i]);
            if (at < 0)
                at = tails.Count;
            previous[i] = at > 0 ? tails[at - 1] : -1;
            if (at == tails.Count)
                tails.Add(i);
            else
                tails[at] = i;
        }
        var kept = new HashSet<int>();
        for (var i = tails.Count > 0 ? tails[^1] : -1; i >= 0; i = previous[i])
            kept.Add(i);
        return kept;
    }

    private static Dictionary<string, ArtefactPart> Index(IEnumerable<ArtefactPart> parts)
    {
        var index = new Dictionary<string, ArtefactPart>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var key = $"{part.What}\n{part.Id}";
            // Two of one name are told apart by which comes first.
            for (var n = 2; !index.TryAdd(key, part); n++)
                key = $"{part.What}\n{part.Id}\n{n}";
        }
        return index;
    }
}
