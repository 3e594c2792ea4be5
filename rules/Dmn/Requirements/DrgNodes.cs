using Switchboard.Rules.Dmn.Logic;
using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Requirements;

/// <summary>An import: another model under a name; the empty name (DMN 1.5) puts its elements beside one's own.</summary>
internal sealed record DmnImport(string Name, string Namespace, DmnModel? Model);

/// <summary>An element of the requirements graph.</summary>
internal abstract class DrgNode(DmnElement element)
{
    public DmnElement Element { get; } = element;

    public string Id { get; } = element["id"] ?? "";

    public string Name { get; } = element["name"]?.Trim() ?? "";

    /// <summary>The name under which expressions see it.</summary>
    public string Variable { get; } = element.Child("variable")?["name"]?.Trim() is { Length: > 0 } name ? name : element["name"]?.Trim() ?? "";

    /// <summary>The type of its variable.</summary>
    public ItemType VariableType { get; set; } = ItemType.Any;

    /// <summary>What is known of it where it is used.</summary>
    public virtual FeelType UseType => VariableType.Type;
}

/// <summary>Data from outside.</summary>
internal sealed class InputNode(DmnElement element) : DrgNode(element);

/// <summary>What has logic and requires others: a decision or a knowledge model.</summary>
internal abstract class LogicNode(DmnElement element) : DrgNode(element)
{
    public RequiredNames Required { get; set; } = RequiredNames.None;

    public LogicUnit Unit { get; set; } = new(new NoLogic(null), 1);

    public IReadOnlyList<DecisionTable> Tables { get; set; } = [];
}

/// <summary>A decision.</summary>
internal sealed class DecisionNode(DmnElement element) : LogicNode(element)
{
    /// <summary>Whether it requires itself through others: it is not evaluated then.</summary>
    public bool IsCyclic { get; set; }

    public override FeelType UseType => VariableType.Type == FeelType.Any ? Unit.Logic.Type : VariableType.Type;
}

/// <summary>A business knowledge model: a function.</summary>
internal sealed class KnowledgeNode(DmnElement element) : LogicNode(element)
{
    public IReadOnlyList<(string Name, ItemType Type)> Parameters { get; set; } = [];

    /// <summary>The kind of function where it is not FEEL; null for FEEL.</summary>
    public string? ExternalKind { get; set; }

    /// <summary>What its result must be.</summary>
    public ItemType Result => VariableType.Result ?? (VariableType.Type is FunctionType ? ItemType.Any : VariableType);

    public override FeelType UseType => VariableType.Type is FunctionType
        ? VariableType.Type : new FunctionType([.. Parameters.Select(parameter => parameter.Type.Type)], Result.Type);
}

/// <summary>A decision service: a function of its input data and its input decisions, in this order.</summary>
internal sealed class ServiceNode(DmnElement element) : DrgNode(element)
{
    public IReadOnlyList<RequiredLeaf> Inputs { get; set; } = [];

    public IReadOnlyList<RequiredLeaf> Outputs { get; set; } = [];

    public ItemType Result => VariableType.Result ?? (VariableType.Type is FunctionType ? ItemType.Any : VariableType);

    public override FeelType UseType => VariableType.Type is FunctionType ? VariableType.Type
        : new FunctionType([.. Inputs.Select(input => input.Node.VariableType.Type)], Result.Type);
}
