using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain.Approvals;

namespace Switchboard.Runtime.Approvals;

/// <summary>
/// The levels of an approval as its record keeps them. Rules give each as the name of a role, or as an object
/// <c>{role | roles | users, mode: any | all, dueInBusinessDays, onDue: escalate | approve, escalateTo}</c>.
/// </summary>
internal static class ApprovalLevels
{
    /// <summary>More is a mistake in the rules.</summary>
    private const int MostLevels = 20;

    private static readonly string[] Members = ["role", "roles", "users", "mode", "dueInBusinessDays", "onDue", "escalateTo"];

    /// <param name="users">Finds a user's id by id or e-mail address.</param>
    /// <param name="requester">Is no decider, whatever the rules say.</param>
    /// <exception cref="ProblemException">422 for rules that give no levels that somebody could decide.</exception>
    public static JsonArray Read(JsonNode? given, Func<string, Guid?> users, Guid? requester)
    {
        if (given is not JsonArray { Count: <= MostLevels } list)
            throw Wrong($"levels is a list of at most {MostLevels}");
        return new JsonArray([.. list.Select((level, i) => (JsonNode)Read(level, i + 1, users, requester))]);
    }

    /// <summary>The names or addresses of users that the rules name, so that they can be looked up at once.</summary>
    public static IEnumerable<string> UsersOf(JsonNode? given) =>
        (given as JsonArray ?? []).OfType<JsonObject>().SelectMany(level => Texts(level["users"], "users"));

    /// <summary>The level that is under way; null when all have agreed, or none has begun.</summary>
    public static JsonObject? Current(Approval approval) =>
        approval.Levels is JsonArray levels && approval.Level >= 1 && approval.Level <= levels.Count ? (JsonObject)levels[approval.Level - 1]! : null;

    public static bool AllAgreed(Approval approval) => approval.Level > (approval.Levels as JsonArray ?? []).Count;

    /// <summary>The roles of a level.</summary>
    public static IReadOnlyList<string> Roles(JsonObject level) => [.. (level["roles"] as JsonArray ?? []).Select(role => (string)role!)];

    /// <summary>The ids of the users of a level.</summary>
    public static IReadOnlyList<Guid> Users(JsonObject level) => [.. (level["users"] as JsonArray ?? []).Select(user => Guid.Parse((string)user!))];

    public static IEnumerable<Guid> Tasks(JsonObject level) => (level["tasks"] as JsonArray ?? []).Select(task => Guid.Parse((string)task!));

    /// <summary>The decisions since it was last submitted.</summary>
    public static IEnumerable<JsonObject> ThisRound(Approval approval) =>
        (approval.Decisions as JsonArray ?? []).OfType<JsonObject>().Reverse().TakeWhile(decision => (string?)decision["outcome"] != "resubmitted").Reverse();

    private static JsonObject Read(JsonNode? given, int number, Func<string, Guid?> users, Guid? requester)
    {
        if (given?.GetValueKind() == JsonValueKind.String)
            given = new JsonObject { ["role"] = given.DeepClone() };
        if (given is not JsonObject level)
            throw Wrong($"level {number} is neither the name of a role nor an object");
        if (level.FirstOrDefault(member => !Members.Contains(member.Key)).Key is { } stranger)
            throw Wrong($"level {number} has {stranger}; it may have {string.Join(", ", Members)}");
        var roles = Texts(level["roles"] ?? level["role"], "roles").Distinct().ToList();
        var ids = Texts(level["users"], "users").Select(user => users(user) ?? throw Wrong($"level {number} names {user}, who is no active user")).Distinct();
        var deciders = ids.Where(id => id != requester).ToList();
        if (roles.Count == 0 && deciders.Count == 0)
            throw new ProblemException(422, "nobody_may_decide", $"Nobody could decide level {number}: the rules name no role, and no user but the one who asks.");
        var read = new JsonObject
        {
            ["level"] = number,
            ["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)role)]),
            ["users"] = new JsonArray([.. deciders.Select(id => (JsonNode)id.ToString())]),
            ["mode"] = OneOf(level["mode"], "mode", "any", "all"),
            ["onDue"] = OneOf(level["onDue"], "onDue", "escalate", "approve"),
            ["status"] = "waiting",
        };
        if (level["dueInBusinessDays"] is { } due)
            read["dueInBusinessDays"] = due is JsonValue value && value.TryGetValue<decimal>(out var days) && days is >= 1 and <= 250 && days == Math.Floor(days) ? (int)days : throw Wrong("dueInBusinessDays is a whole number from 1 to 250");
        if (level["escalateTo"] is { } escalateTo)
            read["escalateTo"] = new JsonArray([.. Texts(escalateTo, "escalateTo").Select(role => (JsonNode)role)]);
        return read;
    }

    private static string OneOf(JsonNode? given, string name, params string[] values) => given is null ? values[0]
        : given.GetValueKind() == JsonValueKind.String && values.Contains((string?)given) ? (string)given!
        : throw Wrong($"{name} is {string.Join(" or ", values)}");

    private static IEnumerable<string> Texts(JsonNode? given, string name) => given switch
    {
        null => [],
        JsonArray list when list.All(item => item?.GetValueKind() == JsonValueKind.String) => list.Select(item => (string)item!),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [(string)given!],
        _ => throw Wrong($"{name} is a list of names"),
    };

    private static ProblemException Wrong(string what) => new(422, "invalid_levels", $"The rules for approvals gave levels that cannot be followed: {what}.");
}
