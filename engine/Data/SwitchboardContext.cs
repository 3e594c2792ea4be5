using System.Text.Json.Nodes;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

using Switchboard.Domain;

namespace Switchboard.Data;

/// <summary>
/// The record types as EF Core sees them: what a table must look like, and typed reads where SQL by hand would say less.
/// Writes go through <see cref="Commit.GroupCommitter"/>.
/// </summary>
public sealed class SwitchboardContext(DbContextOptions<SwitchboardContext> options) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<JsonNode>().HaveColumnType("jsonb").HaveConversion<JsonText<JsonNode>, JsonEquality<JsonNode>>();
        configurationBuilder.Properties<JsonObject>().HaveColumnType("jsonb").HaveConversion<JsonText<JsonObject>, JsonEquality<JsonObject>>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        // A base class is no entity of its own here: each record type is one table.
        modelBuilder.Ignore<Record>();
        modelBuilder.Ignore<LifecycleRecord>();
        foreach (var type in RecordTypes.All)
            Map(modelBuilder.Entity(type.ClrType), type);
        foreach (var type in RecordTypes.All)
            Relate(modelBuilder.Entity(type.ClrType), type);
    }

    private static void Map(EntityTypeBuilder entity, RecordType type)
    {
        entity.HasBaseType((Type?)null);
        entity.ToTable(type.Table);
        entity.HasKey(nameof(Record.TenantId), nameof(Record.Id)).HasName($"{type.Table}_pkey");
        entity.Property(nameof(Record.TenantId)).HasColumnName("tenant_id").HasColumnOrder(0);
        entity.Property(nameof(Record.Id)).HasColumnName("id").HasColumnOrder(1).ValueGeneratedNever();
        entity.Property(nameof(Record.Version)).HasColumnName("version").HasColumnOrder(2).IsConcurrencyToken();
        entity.Property(nameof(Record.CreatedAt)).HasColumnName("created_at").HasColumnOrder(3);
        entity.Property(nameof(Record.UpdatedAt)).HasColumnName("updated_at").HasColumnOrder(4);
        entity.Property(nameof(Record.Custom)).HasColumnName("custom").HasColumnOrder(5);
        for (var i = 0; i < type.Fields.Count; i++)
            Map(entity, type.Fields[i], order: 6 + i);

        entity.HasIndex([nameof(Record.TenantId), nameof(Record.CreatedAt), nameof(Record.Id)], $"{type.Table}_created_at_idx")
            .HasDatabaseName($"{type.Table}_created_at_idx");
        if (type.NaturalKey is { } key)
        {
            entity.HasIndex([nameof(Record.TenantId), key.Property.Name], $"{type.Table}_{key.Column}_unique")
                .HasDatabaseName($"{type.Table}_{key.Column}_unique").IsUnique();
        }
        var searched = type.Fields.Where(field => field.Searched).Select(field => field.Property.Name).ToArray();
        if (searched.Length > 0)
        {
            entity.HasIndex(searched, $"{type.Table}_search_idx").HasDatabaseName($"{type.Table}_search_idx")
                .HasMethod("gin").HasOperators([.. searched.Select(_ => "gin_trgm_ops")]);
        }
    }

    private static void Map(EntityTypeBuilder entity, Field field, int order)
    {
        if (!field.Stored)
        {
            entity.Ignore(field.Property.Name);
            return;
        }
        var property = entity.Property(field.Property.Name).HasColumnName(field.Column).HasColumnOrder(order).IsRequired(!field.Nullable);
        if (field.MaxLength is { } length)
            property.HasMaxLength(length);
        if (field.Indexed is { } index)
        {
            var name = $"{entity.Metadata.GetTableName()}_{field.Column}_idx";
            var built = entity.HasIndex([nameof(Record.TenantId), field.Property.Name, .. index.With, nameof(Record.Id)], name).HasDatabaseName(name)
                .HasFilter(index.Sparse ? $"{field.Column} is not null" : null);
            if (index.Counts.Length > 0)
                built.IncludeProperties(index.Counts);
        }
    }

    private static void Relate(EntityTypeBuilder entity, RecordType type)
    {
        foreach (var field in type.Fields.Where(field => field is { Stored: true, Kind: FieldKind.Reference }))
        {
            var target = RecordTypes.Find(field.References!.Type)!;
            entity.HasOne(target.ClrType, navigationName: null).WithMany()
                .HasForeignKey(nameof(Record.TenantId), field.Property.Name)
                .HasConstraintName($"{type.Table}_{field.Column}_fkey")
                .OnDelete(field.References.OnDelete switch
                {
                    "cascade" => DeleteBehavior.Cascade,
                    "set_null" => DeleteBehavior.SetNull,
                    _ => DeleteBehavior.Restrict,
                });
        }
    }

    private sealed class JsonText<T>() : ValueConverter<T, string>(json => json.ToJsonString(null), text => (T)JsonNode.Parse(text, null, default)!)
        where T : JsonNode;

    private sealed class JsonEquality<T>() : ValueComparer<T>(
        (a, b) => JsonNode.DeepEquals(a, b), json => json.ToJsonString(null).GetHashCode(StringComparison.Ordinal), json => (T)json.DeepClone())
        where T : JsonNode;
}
