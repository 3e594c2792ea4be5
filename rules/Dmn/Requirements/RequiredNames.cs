using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Requirements;

/// <summary>A required element, and through which imports it is reached.</summary>
internal sealed record RequiredLeaf(DrgNode Node, IReadOnlyList<DmnImport> Path);

/// <summary>
/// The names that the logic of an element sees: what it requires and nothing else. What comes from an import stands in a context
/// under the import's name.
/// </summary>
internal sealed class RequiredNames
{
    public static readonly RequiredNames None = new([]);

    private readonly List<(string Name, RequiredLeaf? Leaf, RequiredNames? Import, RowShape? Shape)> names = [];

    public RequiredNames(IEnumerable<RequiredLeaf> leaves) : this(leaves, 0)
    {
    }

    private RequiredNames(IEnumerable<RequiredLeaf> leaves, int depth)
    {
        var imported = new List<(string Name, List<RequiredLeaf> Leaves)>();
        foreach (var leaf in leaves)
        {
            var level = depth;
            while (level < leaf.Path.Count && leaf.Path[level].Name.Length == 0)
            {
                level++;
            }
            if (level == leaf.Path.Count)
            {
                if (!names.Exists(name => name.Name == leaf.Node.Variable))
                    names.Add((leaf.Node.Variable, leaf, null, null));
                continue;
            }
            var name = leaf.Path[level].Name;
            var group = imported.Find(existing => existing.Name == name).Leaves;
            if (group is null)
                imported.Add((name, group = []));
            group.Add(leaf with { Path = leaf.Path });
        }
        foreach (var (name, group) in imported)
        {
            var inner = new RequiredNames(group, depth + 1);
            if (!names.Exists(existing => existing.Name == name))
                names.Add((name, null, inner, inner.Shape(name)));
        }
    }

    public int Count => names.Count;

    public IEnumerable<RequiredLeaf> Leaves => names.SelectMany(name => name.Leaf is { } leaf ? [leaf] : name.Import!.Leaves);

    /// <summary>The static scope: a variable for each name.</summary>
    public FeelScope Scope(FeelScope within) => within.With(names.Select(name => (name.Name, TypeOf(name.Leaf, name.Shape))));

    /// <summary>Puts the values of the names at the beginning of a frame.</summary>
    public void Fill(FeelValue[] frame, Evaluation evaluation)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var (_, leaf, import, shape) = names[i];
            if (leaf is not null)
            {
                frame[i] = evaluation.ValueOf(leaf);
                continue;
            }
            var values = new FeelValue[import!.Count];
            import.Fill(values, evaluation);
            frame[i] = FeelValue.Of(new FeelRow(shape!, values));
        }
    }

    private RowShape Shape(string import) => new(import, [.. names.Select(name => new RowField(name.Name, TypeOf(name.Leaf, name.Shape)))]);

    private static FeelType TypeOf(RequiredLeaf? leaf, RowShape? shape) => leaf?.Node.UseType ?? new RowType(shape!);
}
