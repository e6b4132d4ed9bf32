//! The reasons that trigger syncs.

use entity::types::SyncReason;

use super::Text;

/// What a frontend shows of a reason that triggers syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonTexts {
    /// A few words.
    pub label: Text,
    /// One sentence.
    pub explanation: Text,
}

/// The texts of a sync reason.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table of texts")]
pub fn of_sync(reason: SyncReason) -> ReasonTexts {
    use SyncReason as R;
    let (label, label_id, explanation, explanation_id) = match reason {
        R::OrderSynced => (
            "Order synced",
            "Pesanan disinkronkan",
            "An order came in from a marketplace and took stock.",
            "Pesanan masuk dari marketplace dan mengambil stok.",
        ),
        R::StockInManual => (
            "Manual stock-in",
            "Stok masuk manual",
            "Stock was added by hand.",
            "Stok ditambahkan secara manual.",
        ),
        R::StockInReturnScan => (
            "Return scanned in",
            "Retur dipindai masuk",
            "A returned parcel was scanned back into stock.",
            "Paket retur dipindai kembali ke stok.",
        ),
        R::StockInReturnManual => (
            "Return added by hand",
            "Retur masuk manual",
            "A return was added to stock by hand.",
            "Retur ditambahkan ke stok secara manual.",
        ),
        R::StockInTransfer => (
            "Transfer in",
            "Transfer masuk",
            "Stock arrived from another warehouse.",
            "Stok tiba dari gudang lain.",
        ),
        R::StockInPurchase => (
            "Purchase received",
            "Pembelian diterima",
            "Purchased goods were put into stock.",
            "Barang pembelian dimasukkan ke stok.",
        ),
        R::StockOutManual => (
            "Manual stock-out",
            "Stok keluar manual",
            "Stock was taken out by hand.",
            "Stok dikeluarkan secara manual.",
        ),
        R::StockOutSale => (
            "Sold",
            "Terjual",
            "Stock left the warehouse because it was sold.",
            "Stok keluar dari gudang karena terjual.",
        ),
        R::StockOutTransfer => (
            "Transfer out",
            "Transfer keluar",
            "Stock left for another warehouse.",
            "Stok keluar ke gudang lain.",
        ),
        R::OrderVoided => (
            "Order voided",
            "Pesanan dibatalkan",
            "An order was voided, so its stock is free again.",
            "Pesanan dibatalkan sehingga stoknya tersedia lagi.",
        ),
        R::VoidedOrderReverted => (
            "Voided order reverted",
            "Pembatalan pesanan dikembalikan",
            "A voided order was taken back into work and takes its stock again.",
            "Pesanan yang dibatalkan diproses lagi dan mengambil stoknya kembali.",
        ),
        R::MappingChanged => (
            "Mapping changed",
            "Pemetaan berubah",
            "The store SKU is now made of other warehouse SKUs.",
            "SKU toko kini terdiri dari SKU gudang lain.",
        ),
        R::WarehouseChanged => (
            "Warehouse changed",
            "Gudang berubah",
            "An order or SKU moved to another warehouse.",
            "Pesanan atau SKU dipindahkan ke gudang lain.",
        ),
        R::OrderMovedToPack => (
            "Order moved to packing",
            "Pesanan dipindahkan ke pengemasan",
            "An order moved on to packing.",
            "Pesanan dilanjutkan ke pengemasan.",
        ),
        R::InventoryRefreshed => (
            "Inventory refreshed",
            "Inventaris diperbarui",
            "The inventory was read anew.",
            "Data inventaris dibaca ulang.",
        ),
        R::StockCounted => (
            "Stock counted",
            "Stok opname",
            "The stock was counted and set to what was found.",
            "Stok dihitung dan disesuaikan dengan hasilnya.",
        ),
        R::ManualSync => (
            "Manual sync",
            "Sinkronisasi manual",
            "A person chose SKUs and stores to sync.",
            "Seseorang memilih SKU dan toko untuk disinkronkan.",
        ),
        R::SyncNow => (
            "Sync now",
            "Sinkronisasi sekarang",
            "A person synced a whole rule.",
            "Seseorang menyinkronkan seluruh aturan.",
        ),
        R::Resync => (
            "Resync",
            "Sinkronisasi lagi",
            "A person pushed again what had been synced before.",
            "Seseorang mengirim ulang yang pernah disinkronkan.",
        ),
        R::RuleChanged => (
            "Rule changed",
            "Aturan berubah",
            "A sync rule was made, changed, switched or deleted.",
            "Aturan sinkronisasi dibuat, diubah, diaktifkan, dinonaktifkan, atau dihapus.",
        ),
        R::ShortageCleared => (
            "Shortage mark cleared",
            "Tanda stok kosong dihapus",
            "The shortage mark was taken off the warehouse SKU.",
            "Tanda stok kosong pada SKU gudang dihapus.",
        ),
    };
    ReasonTexts {
        label: Text::new(label, label_id),
        explanation: Text::new(explanation, explanation_id),
    }
}
