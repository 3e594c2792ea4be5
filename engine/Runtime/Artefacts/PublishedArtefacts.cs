using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;

namespace Switchboard.Runtime.Artefacts;

/// <summary>A version that counts, or will.</summary>
/// <param name="From">From when.</param>
/// <param name="IsRetracted">It says that from then on there is none.</param>
public sealed record PublishedVersion(string Kind, string Key, int Number, string Hash, string Content, DateTimeOffset From, bool IsRetracted = false)
{
    /// <summary>As a bill of materials names it.</summary>
    public string Name => $"{Kind}/{Key}";

    /// <summary>As history names it: <c>kind/key@version</c>.</summary>
    public string Cause => $"{Kind}/{Key}@{Number}";
}

/// <summary>
/// What every node has in memory of the artefacts: the shipped ones, and above them what each tenant has published, with
/// what is scheduled. <see cref="ArtefactWatch"/> keeps it at most two seconds behind the database.
/// </summary>
public sealed class PublishedArtefacts
{
    /// <summary>A burst reads by the instant at which it began; what was replaced longer ago nobody asks for.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly FrozenDictionary<(string Kind, string Key), PublishedVersion> shipped;
    private readonly ConcurrentDictionary<(Guid TenantId, string Kind, string Key), PublishedVersion[]> own = new();
    private readonly TimeProvider time;

    /// <summary>Of a trial: what it finds instead of what is shipped.</summary>
    private readonly Func<string, string, PublishedVersion?>? world;

    public PublishedArtefacts(ShippedArtefacts files, ArtefactKinds kinds, TimeProvider time)
    {
        this.time = time;
        shipped = files.All.Where(file => kinds.Knows(file.Kind)).Select(file =>
        {
            var text = kinds.Of(file.Kind).FromFile(file.FileName, Encoding.UTF8.GetString(file.Content.Span));
            return new PublishedVersion(file.Kind, file.Key, 1, kinds.HashOf(file.Kind, text), text, DateTimeOffset.UnixEpoch);
        }).ToFrozenDictionary(version => (version.Kind, version.Key));
    }

    /// <summary>For a trial: the artefacts of a world count, whoever asks and whenever.</summary>
    internal PublishedArtefacts(Func<string, string, PublishedVersion?> world, TimeProvider time) =>
        (this.world, this.time, shipped) = (world, time, FrozenDictionary<(string, string), PublishedVersion>.Empty);

    public IEnumerable<PublishedVersion> Shipped => shipped.Values;

    public PublishedVersion? FindShipped(string kind, string key) => world is null ? shipped.GetValueOrDefault((kind, key)) : world(kind, key);

    /// <summary>The version that counts at an instant, by default now; null where there is none.</summary>
    public PublishedVersion? Find(Guid tenantId, string kind, string key, DateTimeOffset? at = null)
    {
        var counts = own.TryGetValue((tenantId, kind, key), out var versions) ? Counting(versions, at ?? time.GetUtcNow()) : null;
        counts ??= FindShipped(kind, key);
        return counts is { IsRetracted: false } ? counts : null;
    }

    /// <summary>All that count now, of one kind or of every kind.</summary>
    public IEnumerable<PublishedVersion> All(Guid tenantId, string? kind = null)
    {
        var now = time.GetUtcNow();
        return own.Keys.Where(key => key.TenantId == tenantId).Select(key => (key.Kind, key.Key)).Union(shipped.Keys)
            .Where(key => kind is null || key.Kind == kind)
            .Select(key => Find(tenantId, key.Kind, key.Key, now))
            .OfType<PublishedVersion>();
    }

    /// <summary>Whether this version, and no other, counts for the tenant now; also for one that retracts.</summary>
    internal bool Counts(Guid tenantId, PublishedVersion version) =>
        own.TryGetValue((tenantId, version.Kind, version.Key), out var versions) && Counting(versions, time.GetUtcNow())?.Number == version.Number;

    internal void Add(Guid tenantId, PublishedVersion version)
    {
        var past = time.GetUtcNow() - Remembered;
        own.AddOrUpdate(
            (tenantId, version.Kind, version.Key),
            [version],
            (_, versions) =>
            {
                if (Array.Exists(versions, known => known.Number == version.Number))
                    return versions;
                PublishedVersion[] all = [.. versions, version];
                var counted = Counting(all, past);
                return counted is null ? all : [.. all.Where(known => known == counted || known.From > past)];
            });
    }

    private static PublishedVersion? Counting(PublishedVersion[] versions, DateTimeOffset at)
    {
        PublishedVersion? found = null;
        foreach (var version in versions)
        {
            if (version.From <= at && (found is null || version.From > found.From || (version.From == found.From && version.Number > found.Number)))
                found = version;
        }
        return found;
    }
}
