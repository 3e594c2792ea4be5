using System.Collections.Concurrent;

using Switchboard.Runtime.Artefacts;

namespace Switchboard.Runtime.Decisions;

/// <summary>Decisions and rule sets, compiled once by the hash of their content, whoever's they are.</summary>
public sealed class CompiledDecisions(ArtefactKinds kinds)
{
    /// <summary>Compiled tables are large; beyond this the one that was used longest ago is forgotten.</summary>
    private const int MostCompiled = 500;

    private readonly ConcurrentDictionary<string, Compiled> byHash = new();
    private long uses;

    /// <summary>Null if the text does not parse or does not decide.</summary>
    public DecisionLogic? Of(string kind, string key, string hash, string content)
    {
        var found = byHash.GetOrAdd($"{kind} {hash}", _ => new Compiled(new Lazy<DecisionLogic?>(() => kinds.Of(kind).Read(key, content) is { Parses: true } read ? read.Logic : null)));
        found.LastUse = Interlocked.Increment(ref uses);
        if (byHash.Count > MostCompiled && byHash.MinBy(entry => entry.Value.LastUse) is { Key: { } oldest })
            byHash.TryRemove(oldest, out _);
        return found.Logic.Value;
    }

    /// <summary>Compiles what has come into memory before somebody asks for it.</summary>
    internal void Prepare(PublishedVersion version)
    {
        if (version is { Kind: "decision" or "ruleset", IsRetracted: false })
            Of(version.Kind, version.Key, version.Hash, version.Content);
    }

    private sealed class Compiled(Lazy<DecisionLogic?> logic)
    {
        public Lazy<DecisionLogic?> Logic { get; } = logic;

        public long LastUse { get; set; }
    }
}
