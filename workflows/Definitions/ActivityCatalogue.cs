using System.Collections.Frozen;
using System.Reflection;

using Switchboard.Workflows.Activities;

namespace Switchboard.Workflows.Definitions;

/// <summary>
/// Every activity type that definitions may use. It is found by reflection once, when the process starts: the classes with
/// <see cref="ActivityAttribute"/> of the given assemblies, and their fields.
/// </summary>
public sealed class ActivityCatalogue
{
    private readonly FrozenDictionary<string, ActivityDescriptor[]> _types;

    /// <summary>The library's own activities.</summary>
    public static ActivityCatalogue BuiltIn { get; } = new();

    /// <param name="assemblies">Assemblies with further activities; the library's own are always there.</param>
    public ActivityCatalogue(params IReadOnlyCollection<Assembly> assemblies)
    {
        All =
        [
            .. assemblies.Append(typeof(ActivityCatalogue).Assembly).Distinct()
                .SelectMany(assembly => assembly.GetTypes())
                .Where(type => type is { IsAbstract: false } && type.GetCustomAttribute<ActivityAttribute>() is not null)
                .Select(type => new ActivityDescriptor((Activity)Activator.CreateInstance(type, nonPublic: true)!))
                .OrderBy(descriptor => descriptor.Type, StringComparer.Ordinal).ThenBy(descriptor => descriptor.Version)
        ];
        foreach (var twins in All.GroupBy(descriptor => (descriptor.Type, descriptor.Version)).Where(group => group.Count() > 1))
            throw new InvalidOperationException($"Activity type {twins.Key.Type} version {twins.Key.Version} is declared by {string.Join(" and ", twins.Select(twin => twin.Activity.GetType()))}.");
        _types = All.GroupBy(descriptor => descriptor.Type, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>By type, then version.</summary>
    public IReadOnlyList<ActivityDescriptor> All { get; }

    /// <summary>The exact version of a type, else its highest; null for an unknown type.</summary>
    public ActivityDescriptor? Find(string type, int? version = null) =>
        _types.TryGetValue(type, out var versions)
            ? Array.Find(versions, descriptor => descriptor.Version == version) ?? versions[^1]
            : null;
}

/// <summary>An activity type: enough to run it, to check a definition that uses it, and to draw it in the designer.</summary>
public sealed class ActivityDescriptor
{
    internal ActivityDescriptor(Activity activity)
    {
        var attribute = activity.GetType().GetCustomAttribute<ActivityAttribute>()!;
        Activity = activity;
        Type = attribute.Type;
        Version = attribute.Version;
        Category = attribute.Category;
        DisplayName = attribute.DisplayName;
        Description = attribute.Description;
        Kind = attribute.Kind;
        Outcomes = attribute.Outcomes;
        IsTerminal = attribute.IsTerminal;
        IsStart = attribute.IsStart;
        IsContainer = attribute.IsContainer;
        IsBrowsable = attribute.IsBrowsable;
        IsComposite = attribute.IsComposite;

        var parts = FieldsOf(activity).ToList();
        Inputs = [.. parts.OfType<Input>()];
        Outputs = [.. parts.OfType<Output>()];
        Ports = [.. parts.OfType<Port>()];
        PortLists = [.. parts.OfType<PortList>()];
        for (var i = 0; i < Inputs.Count; i++)
            Inputs[i].Index = i;
        for (var i = 0; i < Ports.Count; i++)
            Ports[i].Index = i;
        for (var i = 0; i < PortLists.Count; i++)
            PortLists[i].Index = i;
    }

    /// <summary>The stored name, as <c>Elsa.If</c>.</summary>
    public string Type { get; }

    /// <summary>Of the type, not of a definition.</summary>
    public int Version { get; }

    /// <summary>The part before the last dot, as <c>Elsa</c>.</summary>
    public string Namespace => Type.LastIndexOf('.') is >= 0 and var dot ? Type[..dot] : "";

    /// <summary>The part after the last dot, as <c>If</c>.</summary>
    public string Name => Type[(Type.LastIndexOf('.') + 1)..];

    /// <inheritdoc cref="ActivityAttribute.Category"/>
    public string Category { get; }

    /// <inheritdoc cref="ActivityAttribute.DisplayName"/>
    public string? DisplayName { get; }

    /// <inheritdoc cref="ActivityAttribute.Description"/>
    public string Description { get; }

    /// <inheritdoc cref="ActivityAttribute.Kind"/>
    public ActivityKind Kind { get; }

    /// <inheritdoc cref="ActivityAttribute.Outcomes"/>
    public IReadOnlyList<string> Outcomes { get; }

    /// <inheritdoc cref="ActivityAttribute.IsTerminal"/>
    public bool IsTerminal { get; }

    /// <inheritdoc cref="ActivityAttribute.IsStart"/>
    public bool IsStart { get; }

    /// <inheritdoc cref="ActivityAttribute.IsContainer"/>
    public bool IsContainer { get; }

    /// <inheritdoc cref="ActivityAttribute.IsBrowsable"/>
    public bool IsBrowsable { get; }

    /// <inheritdoc cref="ActivityAttribute.IsComposite"/>
    public bool IsComposite { get; }

    /// <summary>In the order of their declaration.</summary>
    public IReadOnlyList<Input> Inputs { get; }

    /// <summary>In the order of their declaration.</summary>
    public IReadOnlyList<Output> Outputs { get; }

    /// <summary>Slots for one child each.</summary>
    public IReadOnlyList<Port> Ports { get; }

    /// <summary>Slots for lists of children.</summary>
    public IReadOnlyList<PortList> PortLists { get; }

    /// <summary>What it does.</summary>
    public Activity Activity { get; }

    private static IEnumerable<object?> FieldsOf(Activity activity)
    {
        var classes = new Stack<Type>();
        for (var type = activity.GetType(); type != typeof(Activity) && type is not null; type = type.BaseType)
            classes.Push(type);
        const BindingFlags ownFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return classes.SelectMany(type => type.GetFields(ownFields).OrderBy(field => field.MetadataToken)).Select(field => field.GetValue(activity));
    }
}
