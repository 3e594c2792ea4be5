using System.Text.Json.Nodes;

using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>
/// Waits in the calendar of the record's site: for the close of the n-th business day, for so much open time, or for the
/// opening of the day that stands in a field. For a day in a field it fires once for every value of the field, so that a
/// state that is entered again does not repeat it.
/// </summary>
[Activity("Switchboard.BusinessDelay", Category = "Time", DisplayName = "Business delay",
    Description = "Waits for business days, business time or the day in a field, in the calendar of the record's site.")]
internal sealed class BusinessDelay : Activity
{
    private readonly Input<int?> businessDays = new("BusinessDays") { Description = "Until the close of business of the n-th business day from now." };
    private readonly Input<TimeSpan?> businessTime = new("BusinessTime") { Description = "Until so much open time has passed." };
    private readonly Input<string> date = new("Date") { Picks = "date-field", Description = "The field of the record whose day it waits for; until the opening, or midnight when closed that day." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        var calendar = await context.Feature<BusinessCalendars>().OfAsync(view, context.CancellationToken);
        if (await context.InputAsync(date) is { Length: > 0 } field)
        {
            WaitForDay(context, view, calendar, field);
            return;
        }
        var due = (await context.InputAsync(businessDays), await context.InputAsync(businessTime)) switch
        {
            ({ } days, _) => calendar.EndOfBusinessDay(context.Now, days),
            (_, { } time) => calendar.Add(context.Now, time),
            _ => throw new ActivityException("delay_without_length", $"{context.Node} needs BusinessDays, BusinessTime or Date."),
        };
        SetTimer(context, due);
    }

    public override ValueTask ResumeAsync(ActivityContext context)
    {
        if ((string?)context.Bookmark?.Payload?["Day"] is { } day)
            context.Instance.Properties[Fired(context)] = day;
        return default;
    }

    private static string Fired(ActivityContext context) => $"fired:{context.Node.Id}";

    private static void WaitForDay(ActivityContext context, RecordView view, Domain.Calendars.BusinessCalendar calendar, string fieldName)
    {
        var subject = view.Subject ?? throw new ActivityException("no_record", $"{context.Node} waits for a day of the instance's record, but the instance has none.");
        var field = RecordTypes.Of(subject).Find(fieldName) is { Kind: FieldKind.Date } found
            ? found
            : throw new ActivityException("unknown_field", $"{RecordTypes.Of(subject).Name} has no date field {fieldName}.");
        var day = field.Get(subject) as DateOnly?;
        var text = day?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        if (day is null || (string?)context.Instance.Properties[Fired(context)] == text)
        {
            // Nothing to wait for, or it has been already: alive, so that the state's other transitions compete, but silent.
            context.CreateBookmark(name: IdleBookmarks.NoDay);
            return;
        }
        var opens = calendar.On(day.Value) is { Count: > 0 } open ? open[0].Open : TimeOnly.MinValue;
        SetTimer(context, calendar.Instant(day.Value, opens), text);
    }

    private static void SetTimer(ActivityContext context, DateTimeOffset due, string? day = null)
    {
        var payload = new JsonObject { ["ResumeAt"] = due.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture) };
        if (day is not null)
            payload["Day"] = day;
        var bookmark = context.CreateBookmark(payload);
        context.Yield(new SetTimer(bookmark.Id, due));
    }
}
