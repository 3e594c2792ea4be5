using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data;

/// <summary>How records of each type become rows and rows become records.</summary>
public static partial class RecordTables
{
    private static readonly FrozenDictionary<RecordType, Mapping> Mappings = RecordTypes.All
        .Select((type, rank) => new Mapping(type, rank))
        .ToFrozenDictionary(mapping => mapping.Type);

    public static Table Of(RecordType type) => Mappings[type].Table;

    /// <summary>The values of the stored columns in the order of <see cref="Of"/>.</summary>
    public static object?[] RowOf(RecordType type, Record record) => Mappings[type].RowOf(record);

    /// <summary>Reads what <see cref="SelectList"/> selected.</summary>
    public static Record Read(RecordType type, NpgsqlDataReader reader, int firstOrdinal = 0) => Mappings[type].Read(reader, firstOrdinal);

    /// <summary>The columns that <see cref="Read"/> expects, computed ones included.</summary>
    /// <param name="alias">What the query calls the type's table.</param>
    public static string SelectList(RecordType type, string alias = "r") => Mappings[type].SelectList(alias);

    /// <summary>The SQL expression of a field: its column, or what it is computed from.</summary>
    public static string Expression(Field field, string alias = "r") =>
        field.ComputedSql is not { } sql ? $"{alias}.{field.Column}"
        : alias == "r" ? sql
        : RowAlias().Replace(sql, alias + ".");

    [GeneratedRegex(@"\br\.")]
    private static partial Regex RowAlias();

    private sealed class Mapping
    {
        private const int CommonColumns = 6;

        private readonly Field[] stored;
        private readonly string ofRowAlias;

        public Mapping(RecordType type, int rank)
        {
            Type = type;
            stored = [.. type.Fields.Where(field => field.Stored)];
            Table = new Table(
                type.Table,
                [
                    new Column("tenant_id", NpgsqlDbType.Uuid),
                    new Column("id", NpgsqlDbType.Uuid),
                    new Column("version", NpgsqlDbType.Bigint),
                    new Column("created_at", NpgsqlDbType.TimestampTz),
                    new Column("updated_at", NpgsqlDbType.TimestampTz),
                    new Column("custom", NpgsqlDbType.Jsonb),
                    .. stored.Select(field => new Column(field.Column, TypeOf(field))),
                ])
            {
                Rank = rank,
            };
            ofRowAlias = SelectListOf("r");
        }

        public RecordType Type { get; }

        public Table Table { get; }

        public string SelectList(string alias) => alias == "r" ? ofRowAlias : SelectListOf(alias);

        public object?[] RowOf(Record record)
        {
            var row = new object?[CommonColumns + stored.Length];
            row[0] = record.TenantId;
            row[1] = record.Id;
            row[2] = record.Version;
            row[3] = record.CreatedAt.ToUniversalTime();
            row[4] = record.UpdatedAt.ToUniversalTime();
            row[5] = record.Custom?.ToJsonString();
            for (var i = 0; i < stored.Length; i++)
            {
                row[CommonColumns + i] = stored[i].Get(record) switch
                {
                    JsonNode json => json.ToJsonString(),
                    DateTimeOffset at => at.ToUniversalTime(),
                    var value => value,
                };
            }
            return row;
        }

        public Record Read(NpgsqlDataReader reader, int first)
        {
            var record = Type.Create();
            record.TenantId = reader.GetGuid(first);
            record.Id = reader.GetGuid(first + 1);
            record.Version = reader.GetInt64(first + 2);
            record.CreatedAt = reader.GetFieldValue<DateTimeOffset>(first + 3);
            record.UpdatedAt = reader.GetFieldValue<DateTimeOffset>(first + 4);
            record.Custom = reader.IsDBNull(first + 5) ? null : JsonNode.Parse(reader.GetString(first + 5))!.AsObject();
            for (var i = 0; i < Type.Fields.Count; i++)
            {
                var at = first + CommonColumns + i;
                if (!reader.IsDBNull(at))
                    Type.Fields[i].Set(record, ValueOf(Type.Fields[i], reader, at));
                else if (Type.Fields[i].Nullable)
                    Type.Fields[i].Set(record, null);
            }
            return record;
        }

        private string SelectListOf(string alias) => string.Join(", ",
        [
            .. Table.Columns.Take(CommonColumns).Select(column => $"{alias}.{column.Name}"),
            .. Type.Fields.Select(field => field.Stored ? $"{alias}.{field.Column}" : $"{Expression(field, alias)} as {field.Column}"),
        ]);

        private static object ValueOf(Field field, NpgsqlDataReader reader, int at) => field.Kind switch
        {
            FieldKind.Reference => reader.GetGuid(at),
            FieldKind.Text when ClrTypeOf(field) == typeof(Guid) => reader.GetGuid(at),
            FieldKind.Text => reader.GetString(at),
            FieldKind.Integer when ClrTypeOf(field) == typeof(long) => reader.GetInt64(at),
            FieldKind.Integer => reader.GetInt32(at),
            FieldKind.Decimal => reader.GetDecimal(at),
            FieldKind.Boolean => reader.GetBoolean(at),
            FieldKind.Date => reader.GetFieldValue<DateOnly>(at),
            FieldKind.Instant => reader.GetFieldValue<DateTimeOffset>(at),
            _ => JsonNode.Parse(reader.GetString(at))!,
        };

        private static NpgsqlDbType TypeOf(Field field) => field.Kind switch
        {
            FieldKind.Reference => NpgsqlDbType.Uuid,
            FieldKind.Text => ClrTypeOf(field) == typeof(Guid) ? NpgsqlDbType.Uuid : NpgsqlDbType.Text,
            FieldKind.Integer => ClrTypeOf(field) == typeof(long) ? NpgsqlDbType.Bigint : NpgsqlDbType.Integer,
            FieldKind.Decimal => NpgsqlDbType.Numeric,
            FieldKind.Boolean => NpgsqlDbType.Boolean,
            FieldKind.Date => NpgsqlDbType.Date,
            FieldKind.Instant => NpgsqlDbType.TimestampTz,
            _ => NpgsqlDbType.Jsonb,
        };

        private static Type ClrTypeOf(Field field) => Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType;
    }
}
