using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <content>What is in scope: variables of this execution and its ancestors, the workflow's input and output, outputs of other activities.</content>
public sealed partial class ActivityContext
{
    /// <summary>The value of the nearest variable with this id, else with this name; null if it is null or there is none. The node stays the variable's: copy it to keep it.</summary>
    public JsonNode? Variable(string? id, string? name) => Find(id, name)?.Node;

    /// <summary>The value of the nearest variable with this name.</summary>
    public JsonNode? Variable(string name) => Find(null, name)?.Node;

    /// <summary>Sets the nearest variable with this name; if there is none, the workflow gets one.</summary>
    public void SetVariable(string name, JsonNode? value)
    {
        if (TryAssignVariable(null, name, value))
            return;
        var root = this;
        while (root.Parent is not null)
            root = root.Parent;
        (root._execution.Variables ??= []).Add(new NamedValue(name, name) { Node = Json.Free(value) });
    }

    /// <summary>Sets the nearest variable with this id, else with this name, converted to its declared type.</summary>
    /// <returns>False if none is in scope.</returns>
    public bool TryAssignVariable(string? id, string? name, JsonNode? value)
    {
        if (FindOwner(id, name, out var variable) is not { } owner)
            return false;
        if (owner.Declared(variable!) is { } declared)
            value = Conversion.ToAlias(declared.TypeName, declared.IsArray, value);
        variable!.Node = Json.Free(value);
        return true;
    }

    /// <summary>An input of the workflow that this activity belongs to, converted to its declared type; null if it was not given.</summary>
    public JsonNode? WorkflowInput(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            // Inside a workflow used as an activity its inputs are variables of the same names.
            if (scope.NestedGraph is { } nested && scope != this)
                return nested.Definition.Inputs.Any(input => input.Name == name) ? scope.FindOwn(null, name)?.Node : null;
        }
        var value = Instance.Input?[name];
        return Graph.Definition.Inputs.FirstOrDefault(input => input.Name == name) is { } declared
            ? Conversion.ToAlias(declared.TypeName, declared.IsList, value)
            : value;
    }

    /// <summary>Sets an output of the nearest workflow that declares it, else of the instance.</summary>
    public void SetWorkflowOutput(string name, JsonNode? value)
    {
        for (var scope = Parent; scope is not null; scope = scope.Parent)
        {
            if (scope.NestedGraph is not { } nested || nested.Definition.Outputs.FirstOrDefault(output => output.Name == name) is not { } inner)
                continue;
            scope.SetOutput(name, Conversion.ToAlias(inner.TypeName, inner.IsList, value));
            return;
        }
        var declared = Graph.Definition.Outputs.FirstOrDefault(output => output.Name == name);
        Instance.Output[name] = Json.Free(declared is null ? value : Conversion.ToAlias(declared.TypeName, declared.IsList, value));
    }

    /// <summary>Makes a variable in this execution's own scope.</summary>
    internal void Declare(string name, JsonNode? value, bool isStored = true) =>
        (_execution.Variables ??= []).Add(new NamedValue(name, name, isStored) { Node = Json.Free(value) });

    /// <summary>Gives the variables that the definition declares here their defaults, or what is stored of them.</summary>
    internal void DeclareVariables()
    {
        if (Node.Variables.Count == 0)
            return;
        var stored = _execution.Variables;
        var declared = new List<NamedValue>(Node.Variables.Count + (stored?.Count ?? 0));
        foreach (var variable in Node.Variables)
        {
            var kept = stored?.Find(value => value.VariableId == variable.Id);
            declared.Add(kept?.DeclaredAs(variable) ?? new NamedValue(variable.Name, variable.Id, variable.IsStored) { Node = variable.Default() });
            if (kept is not null)
                stored!.Remove(kept);
        }
        if (stored is not null)
            declared.AddRange(stored);
        _execution.Variables = declared;
    }

    /// <summary>Adds copies of all variables in scope whose names are wanted, the nearest of each name.</summary>
    internal void CopyVariables(JsonObject target, Func<string, bool> isWanted)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._execution.Variables is not { } variables)
                continue;
            foreach (var variable in variables)
            {
                if (!target.ContainsKey(variable.Name) && isWanted(variable.Name))
                    target[variable.Name] = variable.Node?.DeepClone();
            }
        }
    }

    /// <summary>Adds copies of the workflow's inputs whose names are wanted.</summary>
    internal void CopyWorkflowInput(JsonObject target, Func<string, bool> isWanted)
    {
        var declared = Node.Graph.Definition.Inputs;
        foreach (var input in declared)
        {
            if (isWanted(input.Name))
                target[input.Name] = WorkflowInput(input.Name)?.DeepClone();
        }
        if (Node.Graph != Graph || Instance.Input is not { } given)
            return;
        foreach (var (name, value) in given)
        {
            if (!target.ContainsKey(name) && isWanted(name))
                target[name] = value?.DeepClone();
        }
    }

    /// <summary>What scripts know of the instance, by the getter's name without <c>get</c>.</summary>
    internal JsonNode? Identity(string name) => name switch
    {
        "WorkflowInstanceId" => Instance.Id,
        "WorkflowInstanceName" => Instance.Name,
        "CorrelationId" => Instance.CorrelationId,
        "WorkflowDefinitionId" => Graph.DefinitionId,
        "WorkflowDefinitionVersionId" => Graph.Definition.Id,
        "WorkflowDefinitionVersion" => Graph.Version,
        _ => null,
    };

    /// <summary>Copies of the outputs of activities by their ids and names, then by output name.</summary>
    internal JsonObject Outputs() => _burst.OutputsFor(Node.Graph);

    /// <summary>The last output that any activity has set.</summary>
    internal JsonNode? LastResult => _burst.LastResult;

    /// <summary>Writes to a variable in scope, else to the workflow output of that name.</summary>
    private void Assign(string target, JsonNode? value)
    {
        // The outputs of a workflow used as an activity are bound where it is used, not inside it.
        if (!(Parent ?? this).TryAssignVariable(target, null, value) && !TryAssignVariable(target, null, value))
            SetWorkflowOutput(target, value);
    }

    private NamedValue? Find(string? id, string? name)
    {
        FindOwner(id, name, out var variable);
        return variable;
    }

    private ActivityContext? FindOwner(string? id, string? name, out NamedValue? variable)
    {
        for (var scope = this; id is not null && scope is not null; scope = scope.Parent)
        {
            if ((variable = scope.FindOwn(id, null)) is not null)
                return scope;
        }
        for (var scope = this; name is not null && scope is not null; scope = scope.Parent)
        {
            if ((variable = scope.FindOwn(null, name)) is not null)
                return scope;
        }
        variable = null;
        return null;
    }

    private NamedValue? FindOwn(string? id, string? name)
    {
        if (_execution.Variables is not { } variables)
            return null;
        foreach (var variable in variables)
        {
            if (id is not null ? variable.VariableId == id : variable.Name == name)
                return variable;
        }
        return null;
    }

    private Variable? Declared(NamedValue variable)
    {
        foreach (var declared in Node.Variables)
        {
            if (declared.Id == variable.VariableId)
                return declared;
        }
        return null;
    }
}
