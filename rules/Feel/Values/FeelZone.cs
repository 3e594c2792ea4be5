using System.Collections.Concurrent;
using System.Globalization;

namespace Switchboard.Rules.Feel.Values;

/// <summary>Where a time is told: nowhere in particular, at an offset from UTC, or in a zone of the IANA database, kept as written.</summary>
/// <param name="OffsetSeconds">The offset; null without one or for a named zone.</param>
/// <param name="Id">The name of the zone; null without one.</param>
public sealed record FeelZone(int? OffsetSeconds, string? Id)
{
    /// <summary>No zone.</summary>
    public static readonly FeelZone None = new(null, null);

    /// <summary>UTC.</summary>
    public static readonly FeelZone Utc = new(0, null);

    private static readonly ConcurrentDictionary<string, TimeZoneInfo?> Zones = new(StringComparer.Ordinal);

    /// <summary>Whether there is none.</summary>
    public bool IsNone => OffsetSeconds is null && Id is null;

    /// <summary>An offset of at most 18 hours; null for more.</summary>
    public static FeelZone? Of(long seconds) => Math.Abs(seconds) <= 18 * 3600 ? new FeelZone((int)seconds, null) : null;

    /// <summary>Z, +hh:mm, +hh:mm:ss or @Area/City; null if it is none, or no such zone is known.</summary>
    public static FeelZone? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length == 0)
            return None;
        if (text is "Z" or "z")
            return Utc;
        if (text[0] == '@')
        {
            var id = text[1..].ToString();
            return id.Length is > 0 and <= 60 && Find(id) is not null ? new FeelZone(null, id) : null;
        }
        if (text.Length is not (6 or 9) || text[0] is not ('+' or '-') || text[3] != ':' || (text.Length == 9 && text[6] != ':'))
            return null;
        if (!FeelDate.Digits(text[1..3], out var hours) || !FeelDate.Digits(text[4..6], out var minutes))
            return null;
        var seconds = 0;
        if (minutes > 59 || (text.Length == 9 && (!FeelDate.Digits(text[7..9], out seconds) || seconds > 59)))
            return null;
        var total = (hours * 3600L) + (minutes * 60) + seconds;
        return Of(text[0] == '-' ? -total : total);
    }

    /// <summary>How far local time is ahead of UTC then, in seconds; 0 without a zone.</summary>
    /// <param name="localSeconds">Local seconds since 1970-01-01T00:00.</param>
    public int OffsetAt(long localSeconds)
    {
        if (OffsetSeconds is { } fixedOffset)
            return fixedOffset;
        if (Id is null || Find(Id) is not { } zone)
            return 0;
        // The database's rules are taken for the years that .NET knows; further ones are as the nearest.
        var clamped = Math.Clamp(localSeconds, -62_135_596_800L + 86_400, 253_402_300_799L - 86_400);
        var local = DateTime.SpecifyKind(DateTime.UnixEpoch.AddSeconds(clamped), DateTimeKind.Unspecified);
        return (int)zone.GetUtcOffset(zone.IsInvalidTime(local) ? local.AddHours(1) : local).TotalSeconds;
    }

    /// <summary>As it is written after a time.</summary>
    public override string ToString()
    {
        if (Id is not null)
            return "@" + Id;
        if (OffsetSeconds is not { } offset)
            return "";
        if (offset == 0)
            return "Z";
        var size = Math.Abs(offset);
        var text = string.Create(CultureInfo.InvariantCulture, $"{(offset < 0 ? '-' : '+')}{size / 3600:00}:{size / 60 % 60:00}");
        return size % 60 == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}:{size % 60:00}");
    }

    private static TimeZoneInfo? Find(string id)
    {
        if (Zones.TryGetValue(id, out var known))
            return known;
        var found = TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
        // What authors make up is not remembered for ever.
        if (found is not null || Zones.Count < 2000)
            Zones[id] = found;
        return found;
    }
}
