using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>
/// What the inbox asks of a list of tasks besides what every list takes: whose they are as people say it, which the caller may
/// claim, and by what the list is parted into groups. A group that is closed is left out of the list and stays in the counts.
/// </summary>
/// <param name="Group">What the list is parted by; null when it is not.</param>
internal sealed record TaskQuery(ListQuery List, QueryField? Group)
{
    public const string GroupBy = "groupBy";
    private const string Candidate = "candidate", Zone = "zone", Closed = "closed", DueDay = "dueDay";

    /// <summary>Stands for a list without roles, and in a parameter for what has no value.</summary>
    private const string Everybody = "*", None = "none";

    private static readonly RecordType Type = RecordTypes.Of<WorkTask>();
    private static readonly string[] Groupings = ["migrationId", "siteId", "type", DueDay];

    /// <exception cref="ProblemException">400, naming the parameter; 403 for names that the caller may not read.</exception>
    public static TaskQuery Parse(CustomFields custom, IReadOnlyCollection<KeyValuePair<string, string>> parameters, Caller caller)
    {
        string? Given(string name) => parameters.FirstOrDefault(pair => pair.Key == name).Value;
        var list = ListQuery.Parse(Type, custom, parameters.Where(pair => pair is not ("assignee", "me,none")).Select(pair => Named(pair, caller)), Candidate, GroupBy, Zone, Closed).AllowedTo(caller);
        if (Given("assignee") == "me,none")
            list.Named.Add(($"r.assignee_id is null or r.assignee_id = '{caller.UserId}'", true));
        if (Given(Candidate) is { } candidate)
            DemandClaimable(list, candidate, caller);
        if (Given(GroupBy) is not { } by)
            return new TaskQuery(list, null);
        var group = GroupOf(custom, by, Given(Zone));
        if (Given(Closed) is { Length: > 0 } closed)
            LeaveOut(list, group, closed.Split(','));
        return new TaskQuery(list, group);
    }

    /// <summary><c>assignee</c> is what people say; the field is <c>assigneeId</c>.</summary>
    private static KeyValuePair<string, string> Named(KeyValuePair<string, string> parameter, Caller caller) => parameter switch
    {
        ("assignee", "me") => new("assigneeId", caller.UserId.ToString()),
        ("assignee", None) => new("assigneeId[null]", "true"),
        ("assignee", var user) => new("assigneeId", user),
        _ => parameter,
    };

    /// <summary>What one has or could have: not what one is excluded from, nor, unless one may assign tasks, what is for other roles alone.</summary>
    private static void DemandClaimable(ListQuery list, string candidate, Caller caller)
    {
        if (candidate != "me")
            throw ProblemException.Malformed("invalid_value", Candidate, "candidate can be me.");
        list.Named.Add(($"coalesce(r.excluded_user_ids ? '{caller.UserId}', false)", false));
        if (caller.Permissions.Allows("tasks:assign"))
            return;
        var roles = QueryField.TextsOf(Candidate, $"""
            (case when r.assignee_id = '{caller.UserId}' then '["{Everybody}"]' else coalesce(nullif(r.candidate_roles, '[]'), '["{Everybody}"]') end)
            """.Trim());
        list.Filters.Add(new Filter(roles, FilterOperator.In, [Everybody, .. caller.Roles]));
    }

    private static QueryField GroupOf(CustomFields custom, string by, string? zone)
    {
        if (!Groupings.Contains(by))
            throw ProblemException.Malformed("invalid_value", GroupBy, $"groupBy can be {string.Join(", ", Groupings)}.");
        if (by != DueDay)
            return QueryField.Find(Type, custom, by)!;
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone ?? "UTC", out var known) && known.HasIanaId
            ? QueryField.Find(Type, custom, "dueAt")!.DayIn(known.Id)
            : throw ProblemException.Malformed("invalid_value", Zone, "zone must be the name of a time zone as IANA has it: Europe/Berlin.");
    }

    private static void LeaveOut(ListQuery list, QueryField group, string[] closed)
    {
        if (group.Nullable && closed.Contains(None))
            list.Filters.Add(new Filter(group, FilterOperator.Null, [false]));
        var values = closed.Where(text => !(group.Nullable && text == None)).Select(text => group.TryParse(text, out var value)
            ? value
            : throw ProblemException.Malformed("invalid_value", Closed, $"\"{text}\" is no group of this list.")).ToList();
        if (values.Count > 0)
            list.Filters.Add(new Filter(group, FilterOperator.Nin, values));
    }
}
