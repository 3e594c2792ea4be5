using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Templates;

namespace Switchboard.Runtime.Work;

/// <summary>Where a new task belongs: the migration and the site of what it is about, by which people part and filter their work.</summary>
internal static class TaskPlace
{
    public static async ValueTask PlaceAsync(this WorkTask task, RecordView view, Record? about, CancellationToken ct)
    {
        task.MigrationId = (await SubjectModel.FindAsync<Migration>(view, about, ct))?.Id;
        task.SiteId = (await SubjectModel.FindAsync<Site>(view, about, ct))?.Id;
    }
}
