namespace Switchboard.Rules;

/// <summary>Finds what was probably meant by a name that is not known.</summary>
public static class Nearest
{
    /// <summary>The known name with the fewest changed letters, however many those are; the shorter of two. Null when there is none to choose from.</summary>
    public static string? Of(string name, IEnumerable<string> known) =>
        known.MinBy(candidate => (Distance(name, candidate, int.MaxValue), candidate.Length));

    /// <summary>The known name with the fewest changed letters, at most a third of them; null if none is near.</summary>
    public static string? To(string name, IEnumerable<string> known)
    {
        var most = Math.Max(1, name.Length / 3);
        return known.Select(candidate => (Name: candidate, Distance: Distance(name, candidate, most)))
            .Where(candidate => candidate.Distance <= most)
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name).FirstOrDefault();
    }

    /// <summary>Letters to insert, remove, change or swap with their neighbour, without regard to case; more than <paramref name="most"/> is not counted out.</summary>
    private static int Distance(string left, string right, int most)
    {
        if (Math.Abs(left.Length - right.Length) > most)
            return most + 1;
        (left, right) = (left.ToUpperInvariant(), right.ToUpperInvariant());
        var (before, last, row) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++)
            last[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[right.Length];
    }
}
