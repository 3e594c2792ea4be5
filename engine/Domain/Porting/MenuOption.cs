using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Domain.Porting;

/// <summary>
/// One choice of an auto attendant's menu: <c>{key, action, target?, prompt}</c>. The key is one of a telephone; the target
/// is whom <c>transfer_user</c> and <c>transfer_call_queue</c> transfer to; the operator needs none.
/// </summary>
public static class MenuOption
{
    private const string Keys = "0123456789*#";
    private static readonly string[] Actions = ["transfer_call_queue", "transfer_user", "transfer_operator"];
    private static readonly string[] Members = ["key", "action", "target", "prompt"];

    internal static IEnumerable<FieldError> Check(string field, JsonNode? options)
    {
        if (options is null)
            return [];
        if (options is not JsonArray list)
            return [new FieldError(field, "invalid_format", "Menu options are a list of {key, action, target?, prompt}.")];
        var pressed = new HashSet<string>();
        return list.SelectMany((option, i) => CheckOne($"{field}/{i}", option, pressed)).ToArray();
    }

    private static IEnumerable<FieldError> CheckOne(string at, JsonNode? node, HashSet<string> pressed)
    {
        if (node is not JsonObject option)
        {
            yield return new FieldError(at, "invalid_format", "A menu option is an object {key, action, target?, prompt}.");
            yield break;
        }
        foreach (var unknown in option.Select(member => member.Key).Except(Members))
            yield return new FieldError($"{at}/{unknown}", "unknown_field", "A menu option has key, action, target and prompt.");

        var key = Text(option["key"]);
        if (key is not { Length: 1 } || !Keys.Contains(key, StringComparison.Ordinal))
            yield return new FieldError($"{at}/key", key is null ? "required" : "invalid_choice", "The key is one of 0 to 9, * and #.");
        else if (!pressed.Add(key))
            yield return new FieldError($"{at}/key", "duplicate", $"Another option already has the key {key}.");

        var action = Text(option["action"]);
        if (action is null || !Actions.Contains(action))
            yield return new FieldError($"{at}/action", action is null ? "required" : "invalid_choice", $"The action is one of {string.Join(", ", Actions)}.");
        else if (action == "transfer_operator" && option["target"] is not null)
            yield return new FieldError($"{at}/target", "not_allowed", "The operator is known; this action has no target.");
        else if (action != "transfer_operator" && Text(option["target"]) is null)
            yield return new FieldError($"{at}/target", "required", $"{action} needs a target.");

        if (Text(option["prompt"]) is null)
            yield return new FieldError($"{at}/prompt", "required", "Callers need to hear what the key does.");
    }

    private static string? Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String && (string)node! is var text && !string.IsNullOrWhiteSpace(text) ? text : null;
}
