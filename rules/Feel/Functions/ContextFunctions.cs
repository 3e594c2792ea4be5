namespace Switchboard.Rules.Feel.Functions;

/// <summary>Contexts, made, read and changed into new ones (DMN 1.5 §10.3.4.11).</summary>
internal static class ContextFunctions
{
    private static readonly RowShape Entry = new("entry", [new RowField("key", FeelType.String), new RowField("value", FeelType.Any)]);

    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("get value", FeelType.Any, new Overload(["m", "key"], GetValue), new Overload(["context", "keys"], GetValue) { IsNamed = true }),
        BuiltIns.Define("get entries", new ListType(new RowType(Entry)), new Overload(["m"], GetEntries)),
        BuiltIns.Define("context", FeelType.Any, new Overload(["entries"], Make)),
        BuiltIns.Define("context put", FeelType.Any, new Overload(["context", "key", "value"], Put) { IsNamed = false },
            new Overload(["context", "key", "value"], (run, arguments) => arguments[1].Kind == FeelKind.List ? BuiltIns.Wrong(run, "context put", arguments) : Put(run, arguments)) { IsNamed = true },
            new Overload(["context", "keys", "value"], Put) { IsNamed = true }),
        BuiltIns.Define("context merge", FeelType.Any, new Overload(["contexts"], Merge)),
    ];

    private static FeelValue GetValue(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var value = arguments[0];
        if (arguments[1].Kind is not (FeelKind.String or FeelKind.List) || (arguments[1].Kind == FeelKind.List && arguments[1].AsList().Count == 0))
            return BuiltIns.Wrong(run, "get value", arguments);
        foreach (var key in FeelRuntime.AsList(arguments[1]))
        {
            if (value.Kind != FeelKind.Context || key.Reference is not string name || !value.AsContext().TryGet(name, out value))
                return BuiltIns.Wrong(run, "get value", arguments);
        }
        return value;
    }

    private static FeelValue GetEntries(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Kind != FeelKind.Context)
            return BuiltIns.Wrong(run, "get entries", arguments);
        return BuiltIns.MayMake(run, arguments[0].AsContext().Count)
            ? FeelValue.Of((IReadOnlyList<FeelValue>)arguments[0].AsContext().Entries.Select(entry => FeelValue.Of(new FeelRow(Entry, [FeelValue.Of(entry.Key), entry.Value]))).ToArray())
            : default;
    }

    private static FeelValue Make(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var entries = new List<KeyValuePair<string, FeelValue>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in FeelRuntime.AsList(arguments[0]))
        {
            if (!run.Step())
                return default;
            if (element.Kind != FeelKind.Context || !element.AsContext().TryGet("key", out var key) || key.Reference is not string name
                || !element.AsContext().TryGet("value", out var value) || !names.Add(name))
                return BuiltIns.Wrong(run, "context", arguments);
            entries.Add(KeyValuePair.Create(name, value));
        }
        return arguments[0].IsNull ? BuiltIns.Wrong(run, "context", arguments) : FeelValue.Of(new FeelEntries(entries));
    }

    private static FeelValue Put(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var keys = arguments[1].Kind is FeelKind.String or FeelKind.List ? FeelRuntime.AsList(arguments[1]) : [];
        if (arguments[0].Kind != FeelKind.Context || keys.Count is 0 or > 200 || keys.Any(key => key.Kind != FeelKind.String))
            return BuiltIns.Wrong(run, "context put", arguments);
        var changed = PutAt(run, arguments[0].AsContext(), keys, 0, arguments[2]);
        return changed is null ? BuiltIns.Wrong(run, "context put", arguments) : FeelValue.Of(changed);
    }

    private static FeelEntries? PutAt(FeelRun run, FeelContext context, IReadOnlyList<FeelValue> keys, int at, FeelValue value)
    {
        if (!run.Steps(context.Count + 1))
            return null;
        var key = keys[at].AsString();
        if (at < keys.Count - 1)
        {
            if (!context.TryGet(key, out var inner) || inner.Kind != FeelKind.Context || PutAt(run, inner.AsContext(), keys, at + 1, value) is not { } changed)
                return null;
            value = FeelValue.Of(changed);
        }
        return new FeelEntries(context.Entries.Append(KeyValuePair.Create(key, value)));
    }

    private static FeelValue Merge(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var contexts = FeelRuntime.AsList(arguments[0]);
        if (arguments[0].IsNull || contexts.Any(context => context.Kind != FeelKind.Context) || !BuiltIns.MayMake(run, contexts.Sum(context => (long)context.AsContext().Count)))
            return BuiltIns.Wrong(run, "context merge", arguments);
        return FeelValue.Of(new FeelEntries(contexts.SelectMany(context => context.AsContext().Entries)));
    }
}
