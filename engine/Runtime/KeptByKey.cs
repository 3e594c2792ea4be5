using System.Collections.Concurrent;

namespace Switchboard.Runtime;

/// <summary>What is made once of a key whose number nobody bounds: all of it is forgotten when there is too much.</summary>
internal static class KeptByKey
{
    /// <param name="most">Counted only when something is to be made: to count locks the whole dictionary.</param>
    public static TValue GetOrMake<TKey, TValue>(this ConcurrentDictionary<TKey, TValue> kept, TKey key, int most, Func<TKey, TValue> make)
        where TKey : notnull
    {
        if (kept.TryGetValue(key, out var found))
            return found;
        if (kept.Count > most)
            kept.Clear();
        return kept.GetOrAdd(key, make);
    }
}
